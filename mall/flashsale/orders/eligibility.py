"""Which admitted attempts become orders: decided again by PostgreSQL, which is the truth.

Redis has let these attempts in; what it may have wrong (it was restored, a shopper was
blocked, the stock is less than it thought) is found here. `examine` is pure: facts in,
verdicts out. The facts are read with the items' rows held, so they stand until the commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.flashsale.gate import Entry
from mall.flashsale.models import ABORTED, NEW_CUSTOMERS
from mall.flashsale.settings import MAX_RISK
from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought

SOLD_OUT, LIMIT_REACHED, NOT_ELIGIBLE = "sold_out", "limit_reached", "not_eligible"
ENDED, ABORT, ADDRESS_MISSING = "ended", "aborted", "address_missing"
UNDELIVERABLE, OFF_SHELF, DUPLICATE, ERROR = "undeliverable", "off_shelf", "duplicate", "error"
REASONS = (
    *(SOLD_OUT, LIMIT_REACHED, NOT_ELIGIBLE, ENDED, ABORT, ADDRESS_MISSING),
    *(UNDELIVERABLE, OFF_SHELF, DUPLICATE, ERROR),
)


@dataclass(frozen=True, slots=True)
class LockedItem:
    """An item as it stands under its lock. `left` are units that may still be sold."""

    id: int
    session_id: int
    sku_id: int
    price_fen: int
    left: int
    limit: int
    session_limit: int | None
    audience: str
    state: str
    settled: bool


@dataclass(frozen=True, slots=True)
class ShopperFacts:
    """A shopper: whether they may still buy here, and what their orders hold already."""

    barred: bool
    is_new: bool
    held: int
    held_in_session: int


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket that PostgreSQL has already, for the same attempt."""

    ticket: str
    status: str
    note: str


_ITEMS = PreparedStatement(
    """
    SELECT id, session_id, sku_id, price_fen, stock - sold - returned AS left, limit_per_user,
        audience
    FROM flash_items WHERE id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id FOR NO KEY UPDATE
    """
)
_SESSIONS = PreparedStatement(
    """
    SELECT id, state, limit_per_user, settled_at IS NOT NULL AS settled
    FROM flash_sessions WHERE id = ANY(CAST(:ids AS bigint[]))
    """
)
_KNOWN = PreparedStatement(
    """
    SELECT CAST(w.place AS int) AS place, t.ticket, t.status,
        coalesce(o.order_no, t.reason, '') AS note
    FROM unnest(
        CAST(:items AS bigint[]), CAST(:users AS bigint[]), CAST(:digests AS text[])
    ) WITH ORDINALITY AS w(item_id, user_id, digest, place)
    JOIN flash_tickets t ON t.item_id = w.item_id AND t.user_id = w.user_id
        AND t.key_digest = decode(w.digest, 'hex')
    LEFT JOIN orders o ON o.id = t.order_id
    """
)
_SHOPPERS = PreparedStatement(
    f"""
    SELECT CAST(w.place AS int) AS place,
        u.blocked_at IS NOT NULL OR coalesce(u.risk_rank, 0) > :max_risk OR NOT EXISTS (
            SELECT 1 FROM user_tokens t
            WHERE t.user_id = u.id AND t.expires_at > clock_timestamp()
        ) AS barred,
        w.is_new = 0 OR NOT {has_bought("u.id")} AS is_new,
        coalesce(f.units, 0) AS held, coalesce(s.units, 0) AS held_in_session
    FROM unnest(
        CAST(:users AS bigint[]), CAST(:items AS bigint[]), CAST(:sessions AS bigint[]),
        CAST(:new AS bigint[])
    ) WITH ORDINALITY AS w(user_id, item_id, session_id, is_new, place)
    JOIN users u ON u.id = w.user_id
    LEFT JOIN flash_shoppers f ON f.item_id = w.item_id AND f.user_id = w.user_id
    LEFT JOIN flash_session_shoppers s ON s.session_id = w.session_id AND s.user_id = w.user_id
    """  # noqa: S608
)


def hold_items(session: Session, entries: Sequence[Entry]) -> dict[int, LockedItem]:
    """The items of a batch, locked until the commit; their sessions as they are after that."""
    rows = _ITEMS.rows(session, ids=int_array({entry.ticket.item_id for entry in entries}))
    ids = int_array({row.session_id for row in rows})
    sales: dict[int, Any] = {row.id: row for row in _SESSIONS.rows(session, ids=ids)}
    return {
        row.id: LockedItem(
            id=row.id,
            session_id=row.session_id,
            sku_id=row.sku_id,
            price_fen=row.price_fen,
            left=int(row.left),
            limit=row.limit_per_user,
            session_limit=sales[row.session_id].limit_per_user,
            audience=row.audience,
            state=sales[row.session_id].state,
            settled=sales[row.session_id].settled,
        )
        for row in rows
    }


def known_tickets(session: Session, entries: Sequence[Entry]) -> dict[int, KnownTicket]:
    """What came of these attempts earlier, by their place among `entries`."""
    rows = _KNOWN.rows(
        session,
        items=int_array(entry.ticket.item_id for entry in entries),
        users=int_array(entry.user_id for entry in entries),
        digests="{" + ",".join(entry.digest.hex() for entry in entries) + "}",
    )
    return {row.place - 1: KnownTicket(row.ticket, row.status, row.note) for row in rows}


def shopper_facts(
    session: Session, entries: Sequence[Entry], items: Mapping[int, LockedItem]
) -> dict[int, ShopperFacts]:
    """Who made the attempt, by the attempt's place among `entries`."""
    of = [items[entry.ticket.item_id] for entry in entries]
    rows = _SHOPPERS.rows(
        session,
        users=int_array(entry.user_id for entry in entries),
        items=int_array(item.id for item in of),
        sessions=int_array(item.session_id for item in of),
        new=int_array(int(item.audience == NEW_CUSTOMERS) for item in of),
        max_risk=MAX_RISK.get(),
    )
    return {
        row.place - 1: ShopperFacts(row.barred, row.is_new, int(row.held), int(row.held_in_session))
        for row in rows
    }


class BatchTotals:
    """The units given out so far in a batch: each verdict counts for the next."""

    def __init__(self) -> None:
        self.sold: Counter[int] = Counter()
        self.held: Counter[tuple[int, int]] = Counter()
        self.held_in_session: Counter[tuple[int, int]] = Counter()

    def add(self, entry: Entry, item: LockedItem) -> None:
        """These units become an order."""
        self.sold[item.id] += entry.units
        self.held[item.id, entry.user_id] += entry.units
        if item.session_limit is not None:
            self.held_in_session[item.session_id, entry.user_id] += entry.units


def examine(
    entry: Entry, item: LockedItem, shopper: ShopperFacts | None, totals: BatchTotals
) -> str | None:
    """Why an attempt can't become an order; None when it may."""
    if item.state == ABORTED or item.settled:
        return ABORT if item.state == ABORTED else ENDED
    if shopper is None or shopper.barred or not shopper.is_new:
        return NOT_ELIGIBLE
    if _passes_limit(entry, item, shopper, totals):
        return LIMIT_REACHED
    if totals.sold[item.id] + entry.units > item.left:
        return SOLD_OUT
    return None


def _passes_limit(
    entry: Entry, item: LockedItem, shopper: ShopperFacts, totals: BatchTotals
) -> bool:
    held = shopper.held + totals.held[item.id, entry.user_id]
    if held + entry.units > item.limit:
        return True
    if item.session_limit is None:
        return False
    held = shopper.held_in_session + totals.held_in_session[item.session_id, entry.user_id]
    return held + entry.units > item.session_limit
