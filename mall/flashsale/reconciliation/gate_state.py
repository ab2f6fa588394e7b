"""Bringing the gate in Redis to what PostgreSQL says. Everything here may be done twice."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.flashsale import gate
from mall.flashsale.gate.operations import GateState
from mall.flashsale.models import ARMED, DRAFT, PAUSED, FlashItem, FlashSession
from mall.flashsale.reconciliation.rebuilding import rebuild
from mall.kernel.db import transaction

_OPEN: Mapping[str, GateState] = {ARMED: "open", PAUSED: "paused"}


def synchronize(session_id: int) -> None:
    """Load the gate of an armed session if it is missing, and let it be in the session's state.

    Raises RedisError when Redis can't answer.
    """
    with transaction() as session:
        found = session.execute(
            select(FlashSession.state, FlashSession.epoch).where(FlashSession.id == session_id)
        ).one_or_none()
        places = list(gate_locations(session, session_id).values())
    if found is None or found.state == DRAFT:
        return
    if found.state in _OPEN and not _loaded(places, found.epoch):
        rebuild(session_id)
        return
    for where in places:
        gate.set_state(where, _OPEN.get(found.state, "ended"))


def all_tickets_ended(session_id: int) -> bool:
    """Whether every ticket of a session that is over has ended.

    A gate that is missing can't tell: False. Raises RedisError.
    """
    with transaction() as session:
        places = list(gate_locations(session, session_id).values())
    for where in places:
        gate.set_state(where, "ended")
        for part in gate.figures(where):
            if part is None or not part.current or part.queued:
                return False
    return True


def gate_locations(session: Session, session_id: int) -> dict[int, gate.GateLocation]:
    """Item id → where its gate lies."""
    rows = session.execute(
        select(FlashItem.id, FlashItem.splits, FlashSession.limit_per_user)
        .join(FlashSession, FlashSession.id == FlashItem.session_id)
        .where(FlashSession.id == session_id)
        .order_by(FlashItem.id)
    )
    return {
        row.id: gate.GateLocation(row.id, session_id, row.limit_per_user is not None, row.splits)
        for row in rows
    }


def _loaded(places: list[gate.GateLocation], epoch: int) -> bool:
    parts = [part for where in places for part in gate.figures(where)]
    return all(part is not None and part.current and part.epoch >= epoch for part in parts)
