"""Making a session's gate anew, from PostgreSQL and from what still waits in the streams.

PostgreSQL says what is sold and to whom, the streams which attempts were admitted and not
yet turned into orders; what is in neither is free. Between the two nothing may move: the
items' rows are held, so no batch commits meanwhile, and the gate is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.flashsale.gate import (
    Entry,
    GateLocation,
    HeldTicket,
    ItemPlan,
    SessionPlan,
    Shard,
    TicketId,
    set_state,
    streams,
)
from mall.flashsale.gate import load as load_gate
from mall.flashsale.models import ARMED, PAUSED, FlashSession
from mall.kernel.db import transaction

_log = structlog.get_logger("mall.flashsale")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('flash.rebuild', :session_id))")
_HOLD = text(
    """
    SELECT id, stock - sold - returned AS left, limit_per_user, audience, splits
    FROM flash_items WHERE session_id = :session_id ORDER BY id FOR NO KEY UPDATE
    """
)
_HELD = text(
    """
    SELECT t.user_id, t.ticket, t.key_digest, t.units, t.status,
        coalesce(o.order_no, t.reason, '') AS note
    FROM flash_tickets t LEFT JOIN orders o ON o.id = t.order_id
    WHERE t.item_id = :item_id ORDER BY t.user_id, t.created_at
    """
).execution_options(yield_per=5000)
_SETTLED = text("SELECT ticket FROM flash_tickets WHERE ticket = ANY(:tickets)")


def rebuild(session_id: int) -> bool:
    """Load the gate of an armed or paused session anew, under an epoch of its own.

    False, and nothing is loaded, when the session isn't under way or somebody else rebuilds
    it at this moment. Raises RedisError; the gate is then closed or missing, and the next
    try begins again.
    """
    epoch = _burn_epoch(session_id)
    if epoch is None:
        return False
    with transaction() as session:
        session.execute(_LOCK, {"session_id": session_id})
        sale = held_session(session, session_id)
        if sale.epoch != epoch or sale.state not in (ARMED, PAUSED):
            return False
        rows = session.execute(_HOLD, {"session_id": session_id}).all()
        wheres = {row.id: _where(sale, row) for row in rows}
        for where in wheres.values():
            set_state(where, "closed")
        queues = {item_id: _queue(session, where) for item_id, where in wheres.items()}
        plan = SessionPlan(
            session_id=session_id,
            epoch=epoch,
            starts_at=sale.starts_at,
            ends_at=sale.ends_at,
            limit=sale.limit_per_user,
            state="open" if sale.state == ARMED else "paused",
            items=tuple(_plan(row, queues[row.id]) for row in rows),
        )
        loaded = load_gate(session, plan, lambda item: _holders(session, item, queues[item]))
    queued = sum(len(queue) for queue in queues.values())
    _log.info("gate rebuilt", session_id=session_id, epoch=epoch, queued=queued, loaded=loaded)
    return loaded


def held_session(session: Session, session_id: int) -> FlashSession:
    """The session as it stays until the commit: who pauses or ends it waits, and tells the
    gate after us."""
    return session.get_one(
        FlashSession, session_id, populate_existing=True, with_for_update={"read": True}
    )


def _burn_epoch(session_id: int) -> int | None:
    """The next epoch, committed before it is used: no two gates ever number tickets alike."""
    with transaction() as session:
        return session.scalar(
            update(FlashSession)
            .where(FlashSession.id == session_id, FlashSession.state.in_((ARMED, PAUSED)))
            .values(epoch=FlashSession.epoch + 1)
            .returning(FlashSession.epoch),
            execution_options={"synchronize_session": False},
        )


def _where(sale: FlashSession, row: Any) -> GateLocation:
    return GateLocation(row.id, sale.id, sale.limit_per_user is not None, row.splits)


def _queue(session: Session, where: GateLocation) -> list[Entry]:
    """The item's attempts that no batch has dealt with."""
    return [entry for shard in where.shards() for entry in _unsettled(session, shard)]


def _unsettled(session: Session, shard: Shard) -> list[Entry]:
    entries = list(streams.entries(shard))
    if not entries:
        return []
    names = [str(entry.ticket) for entry in entries]
    known = set(session.scalars(_SETTLED, {"tickets": names}))
    return [entry for entry, name in zip(entries, names, strict=True) if name not in known]


def _plan(row: Any, queue: Sequence[Entry]) -> ItemPlan:
    left = int(row.left) - sum(entry.units for entry in queue)
    return ItemPlan(row.id, max(0, left), row.limit_per_user, row.audience, row.splits)


def _holders(
    session: Session, item_id: int, queue: Sequence[Entry]
) -> Iterator[tuple[int, list[HeldTicket]]]:
    """Each shopper of an item once, with the tickets that ended and those that wait."""
    waiting: dict[int, list[HeldTicket]] = defaultdict(list)
    for entry in queue:
        ticket = entry.ticket
        waiting[entry.user_id].append(
            HeldTicket(ticket.epoch, ticket.seq, entry.digest, entry.units, "queued")
        )
    user_id, held = 0, list[HeldTicket]()
    for row in session.execute(_HELD, {"item_id": item_id}):
        if row.user_id != user_id:
            if held:
                yield user_id, held
            user_id, held = row.user_id, waiting.pop(row.user_id, [])
        ticket_id = TicketId.parse(row.ticket)
        if ticket_id is not None:
            digest, units = bytes(row.key_digest), row.units
            held.append(
                HeldTicket(ticket_id.epoch, ticket_id.seq, digest, units, row.status, row.note)
            )
    if held:
        yield user_id, held
    yield from waiting.items()
