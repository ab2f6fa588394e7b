"""What PostgreSQL keeps of a sale: units sold, what shoppers hold, how each ticket ended.

Each statement carries its own guard; one that isn't met raises AllocationConflict, which undoes the
transaction: whoever decided saw an older state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.flashsale.gate import Entry
from mall.flashsale.orders.eligibility import LockedItem
from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement


class AllocationConflict(Exception):
    """Fewer units, or a smaller allowance, than was decided on: decide again."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A purchase attempt that became an order."""

    entry: Entry
    order_id: int
    order_no: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A purchase attempt that was refused after all."""

    entry: Entry
    reason: str


_SELL = PreparedStatement(
    """
    UPDATE flash_items i SET sold = i.sold + w.units,
        sold_out_at = CASE WHEN i.sold + w.units = i.stock - i.returned
            THEN coalesce(i.sold_out_at, clock_timestamp()) ELSE i.sold_out_at END
    FROM unnest(CAST(:items AS bigint[]), CAST(:units AS bigint[])) AS w(item_id, units)
    WHERE i.id = w.item_id AND i.sold + w.units <= i.stock - i.returned
    RETURNING i.id
    """
)
_HOLD = PreparedStatement(
    """
    INSERT INTO flash_shoppers AS f (item_id, user_id, units)
    SELECT w.* FROM unnest(
        CAST(:items AS bigint[]), CAST(:users AS bigint[]), CAST(:units AS bigint[])
    ) AS w(item_id, user_id, units)
    ON CONFLICT (item_id, user_id) DO UPDATE SET units = f.units + excluded.units
        WHERE f.units + excluded.units
            <= (SELECT limit_per_user FROM flash_items i WHERE i.id = excluded.item_id)
    RETURNING f.user_id
    """
)
_HOLD_IN_SESSION = PreparedStatement(
    """
    INSERT INTO flash_session_shoppers AS f (session_id, user_id, units)
    SELECT w.* FROM unnest(
        CAST(:sessions AS bigint[]), CAST(:users AS bigint[]), CAST(:units AS bigint[])
    ) AS w(session_id, user_id, units)
    ON CONFLICT (session_id, user_id) DO UPDATE SET units = f.units + excluded.units
        WHERE f.units + excluded.units
            <= (SELECT limit_per_user FROM flash_sessions s WHERE s.id = excluded.session_id)
    RETURNING f.user_id
    """
)
_TICKETS = PreparedStatement(
    """
    INSERT INTO flash_tickets
        (ticket, item_id, user_id, units, key_digest, status, reason, order_id)
    SELECT w.ticket, w.item_id, w.user_id, w.units, decode(w.digest, 'hex'),
        CASE WHEN w.order_id = 0 THEN 'failed' ELSE 'ordered' END, nullif(w.reason, ''),
        nullif(w.order_id, 0)
    FROM unnest(
        CAST(:tickets AS text[]), CAST(:items AS bigint[]), CAST(:users AS bigint[]),
        CAST(:units AS bigint[]), CAST(:digests AS text[]), CAST(:reasons AS text[]),
        CAST(:orders AS bigint[])
    ) AS w(ticket, item_id, user_id, units, digest, reason, order_id)
    ON CONFLICT DO NOTHING
    RETURNING ticket
    """
)


def allocate(session: Session, accepted: Sequence[tuple[Entry, LockedItem]]) -> None:
    """Count the units of these attempts as sold, and to their shoppers. Rows in the order of
    their keys, so that two workers never wait for each other."""
    if not accepted:
        return
    sold, held, in_session = Counter[int](), Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for entry, item in accepted:
        sold[item.id] += entry.units
        held[item.id, entry.user_id] += entry.units
        if item.session_limit is not None:
            in_session[item.session_id, entry.user_id] += entry.units
    rows = _SELL.rows(session, items=int_array(sold), units=int_array(sold.values()))
    if len(rows) != len(sold):
        raise AllocationConflict("fewer units left than were decided on")
    _hold(session, _HOLD, "items", held)
    if in_session:
        _hold(session, _HOLD_IN_SESSION, "sessions", in_session)


def _hold(
    session: Session, statement: PreparedStatement, of: str, held: Counter[tuple[int, int]]
) -> None:
    keys = sorted(held)
    arrays = {
        of: int_array(key for key, _ in keys),
        "users": int_array(user_id for _, user_id in keys),
        "units": int_array(held[key] for key in keys),
    }
    if len(statement.rows(session, **arrays)) != len(keys):
        raise AllocationConflict("a shopper's allowance is smaller than was decided on")


def write_tickets(session: Session, orders: Sequence[Ordered], failed: Sequence[Failed]) -> None:
    """Note how these tickets ended; each once, by its name and by the attempt."""
    entries = [*(one.entry for one in orders), *(one.entry for one in failed)]
    if not entries:
        return
    rows = _TICKETS.rows(
        session,
        tickets="{" + ",".join(str(entry.ticket) for entry in entries) + "}",
        items=int_array(entry.ticket.item_id for entry in entries),
        users=int_array(entry.user_id for entry in entries),
        units=int_array(entry.units for entry in entries),
        digests="{" + ",".join(entry.digest.hex() for entry in entries) + "}",
        reasons="{" + ",".join([*('""' for _ in orders), *(one.reason for one in failed)]) + "}",
        orders=int_array([*(one.order_id for one in orders), *(0 for _ in failed)]),
    )
    if len(rows) != len(entries):
        raise AllocationConflict("an attempt has been dealt with meanwhile")
