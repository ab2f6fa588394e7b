"""Settling orders: the moment after which nothing about an order is open any more.

The orders are locked first, and looked at again under the lock: an after-sale that was applied
for at the last moment is seen then.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.aftersales.states import OPEN, REFUNDING
from mall.aftersales.windows import window_of
from mall.kernel.db import int_array, transaction
from mall.kernel.events import publish
from mall.kernel.failpoints import around_commit
from mall.orders.kinds import ORDER_KINDS

_OPEN = ", ".join(f"'{status}'" for status in (*OPEN, REFUNDING))
NOTHING_OPEN = f"""
    NOT EXISTS (SELECT FROM after_sales a WHERE a.order_id = o.id AND a.status IN ({_OPEN}))
    AND NOT EXISTS (
        SELECT FROM refunds r WHERE r.order_id = o.id AND r.status NOT IN ('succeeded', 'canceled'))
"""  # noqa: S608 - states of our own
"""SQL: no after-sale and no refund of the order `o` is under way."""

LOCK_DUE = text(
    f"""
    SELECT o.id FROM orders o
    JOIN jsonb_to_recordset(CAST(:windows AS jsonb)) AS w(kind text, seconds bigint)
        ON w.kind = o.kind
    WHERE o.status = 'completed' AND o.settled_at IS NULL
      AND o.completed_at <= clock_timestamp() - make_interval(secs => :shortest)
      AND o.completed_at <= clock_timestamp() - make_interval(secs => w.seconds)
      AND {NOTHING_OPEN}
    ORDER BY o.completed_at LIMIT :batch FOR NO KEY UPDATE OF o SKIP LOCKED
    """  # noqa: S608
)
_SETTLE = text(
    f"""
    UPDATE orders o SET settled_at = clock_timestamp()
    WHERE o.id = ANY(CAST(:ids AS bigint[])) AND o.status = 'completed' AND o.settled_at IS NULL
      AND {NOTHING_OPEN}
    RETURNING o.id, o.order_no, o.user_id, o.kind
    """  # noqa: S608
)
_LINES = text(
    """
    SELECT order_id, position, sku_id, spu_id, quantity - refunded_quantity AS units,
        payable_fen - refunded_fen - rebated_fen AS paid_fen
    FROM order_lines WHERE order_id = ANY(CAST(:ids AS bigint[])) ORDER BY order_id, position
    """
)


def settle_due(batch: int = 200) -> int:
    """Settle up to `batch` orders whose time for returns is over; says how many there were.

    Orders that somebody holds, or with something under way, are left for a later round.
    """
    with transaction() as session:
        around_commit(session, "aftersales.before_settle_commit", "aftersales.after_settle_commit")
        ids = session.scalars(LOCK_DUE, {"batch": batch, **_windows()}).all()
        settled = session.execute(_SETTLE, {"ids": int_array(ids)}).all() if ids else []
        lines = _lines(session, [order.id for order in settled])
        for order in settled:
            publish(
                session,
                OrderSettled(
                    order.order_no,
                    order.user_id,
                    order.kind,
                    sum(line["paid_fen"] for line in lines[order.id]),
                    lines[order.id],
                ),
            )
        return len(settled)


_JUST_ENDED = """
    0 < (SELECT count(*) FROM refunds r
         WHERE r.order_id = o.id AND r.ended_at > now() - interval '1 hour')
    OR 0 < (SELECT count(*) FROM after_sales a JOIN after_sale_steps s ON s.after_sale_id = a.id
            WHERE a.order_id = o.id AND s.created_at > now() - interval '1 hour')
"""
"""SQL: what was under way with the order `o` has ended within the hour. Counted an order at a
time: with EXISTS the planner may read the refunds of all."""


def late_orders() -> str:
    """SQL: orders that should have been settled an hour ago: their time is over as long, and so
    long nothing has been under way."""
    windows = ", ".join(f"({name!r}, {seconds})" for name, seconds in _seconds().items())
    return f"""
        SELECT o.order_no, o.completed_at FROM orders o
        JOIN (VALUES {windows}) AS w(kind, seconds) ON w.kind = o.kind
        WHERE o.status = 'completed' AND o.settled_at IS NULL
          AND o.completed_at + make_interval(secs => w.seconds) < now() - interval '1 hour'
          AND {NOTHING_OPEN} AND NOT ({_JUST_ENDED})
    """  # noqa: S608 - names of our own


def _seconds() -> dict[str, int]:
    """How long after completion orders may be returned, by kind."""
    kinds = ORDER_KINDS.items()
    return {name: int(window_of(kind).total_seconds()) for name, kind in kinds.items()}


def _windows() -> dict[str, Any]:
    seconds = _seconds()
    rows = [{"kind": name, "seconds": its} for name, its in seconds.items()]
    return {"windows": json.dumps(rows), "shortest": min(seconds.values())}


def _lines(session: Session, order_ids: list[int]) -> dict[int, list[dict[str, int]]]:
    found: dict[int, list[dict[str, int]]] = defaultdict(list)
    if order_ids:
        for row in session.execute(_LINES, {"ids": int_array(order_ids)}).mappings():
            line = dict(row)
            found[line.pop("order_id")].append(line)
    return found
