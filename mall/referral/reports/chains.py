"""Who brought whom, and which orders came of it: a shopper's chain upwards and downwards.

Looking is deeper than paying: at most two levels are ever paid for (`bindings.queries.MAX_DEPTH`),
a report may follow `MOST_LEVELS`. What is read is bounded by levels and by `MOST_SHOPPERS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_LEVELS = 10
MOST_SHOPPERS = 10_000
MOST_ORDERS = 20

_ABOVE = text(
    """
    WITH RECURSIVE above (inviter_id, bound_at, level) AS (
        SELECT inviter_id, bound_at, 1 FROM referral_bindings
        WHERE invitee_id = :user_id AND ended_at IS NULL
        UNION ALL
        SELECT b.inviter_id, b.bound_at, a.level + 1
        FROM above a JOIN referral_bindings b ON b.invitee_id = a.inviter_id
        WHERE a.level < :levels AND b.ended_at IS NULL
    )
    SELECT inviter_id AS user_id, bound_at, level FROM above ORDER BY level
    """
)
# The recursion goes level by level, and no further than the limit asks.
_BELOW = text(
    """
    WITH RECURSIVE below (id, invitee_id, level) AS (
        SELECT id, invitee_id, 1 FROM referral_bindings
        WHERE inviter_id = :user_id AND ended_at IS NULL
        UNION ALL
        SELECT b.id, b.invitee_id, w.level + 1
        FROM below w JOIN referral_bindings b ON b.inviter_id = w.invitee_id
        WHERE w.level < :levels AND b.ended_at IS NULL
    ), nearest AS (SELECT id, level FROM below LIMIT :most)
    SELECT w.level, count(*) AS shoppers, sum(f.orders) AS orders,
           sum(f.paid_fen) AS paid_fen, sum(f.refunded_fen) AS refunded_fen
    FROM nearest w CROSS JOIN LATERAL (
        SELECT count(*) AS orders, coalesce(sum(o.paid_fen), 0) AS paid_fen,
               coalesce(sum(o.refunded_fen), 0) AS refunded_fen
        FROM order_attributions a JOIN orders o ON o.id = a.order_id WHERE a.binding_id = w.id
    ) f
    GROUP BY w.level ORDER BY w.level
    """
)
_INVITEES = text(
    """
    SELECT b.id AS binding_id, b.invitee_id AS user_id, b.bound_at, b.ended_at, b.end_reason,
           s.medium, s.page_kind, s.page_id, f.orders, f.paid_fen, f.refunded_fen,
           (SELECT count(*) FROM referral_bindings n
            WHERE n.inviter_id = b.invitee_id AND n.ended_at IS NULL) AS brought,
           ARRAY(
               SELECT o.order_no FROM order_attributions a JOIN orders o ON o.id = a.order_id
               WHERE a.binding_id = b.id ORDER BY a.order_id DESC LIMIT :most_orders
           ) AS order_nos
    FROM referral_bindings b LEFT JOIN shares s ON s.id = b.share_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS orders, coalesce(sum(o.paid_fen), 0) AS paid_fen,
               coalesce(sum(o.refunded_fen), 0) AS refunded_fen
        FROM order_attributions a JOIN orders o ON o.id = a.order_id WHERE a.binding_id = b.id
    ) f
    WHERE b.inviter_id = :user_id AND (CAST(:before AS bigint) IS NULL OR b.id < :before)
    ORDER BY b.id DESC LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Chain:
    """The open bindings around a shopper. `above`: who brought them, the nearest first.

    `levels`: sums by level below, level 1 whom they brought themselves. `cut`: there were more
    shoppers than the report reads; `levels` counts the nearest of them.
    """

    above: Sequence[Any]
    levels: Sequence[Any]
    cut: bool

    @property
    def shoppers(self) -> int:
        """How many are below."""
        return sum(one.shoppers for one in self.levels)

    @property
    def depth(self) -> int:
        """How many levels there are below, as far as was looked."""
        return len(self.levels)


def chain(session: Session, user_id: int, levels: int, most: int = MOST_SHOPPERS) -> Chain:
    """A shopper's chain as it is now."""
    given = {"user_id": user_id, "levels": levels}
    above = session.execute(_ABOVE, given).all()
    below = session.execute(_BELOW, {**given, "most": most}).all()
    return Chain(above, below, sum(one.shoppers for one in below) >= most)


def invitees(session: Session, user_id: int, *, before: int | None, limit: int) -> Sequence[Any]:
    """Whom a shopper brought, ended bindings too, newest first, with the newest orders that came
    under each binding; one more than `limit`."""
    given = {"user_id": user_id, "before": before, "limit": limit + 1}
    return session.execute(_INVITEES, {**given, "most_orders": MOST_ORDERS}).all()
