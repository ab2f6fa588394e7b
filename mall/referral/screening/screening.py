"""Screening a binding: its score, and how it stands. Staff have the last word."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.referral.bindings.queries import binding
from mall.referral.screening.counting import counts_of
from mall.referral.screening.events import ScreeningDecided
from mall.referral.screening.metrics import SCREENED
from mall.referral.screening.models import CLEAR, HELD, VOID, WAITING, Screening
from mall.referral.screening.scoring import Score, score
from mall.referral.screening.settings import HOLD_FROM, SHADOW


def screen(session: Session, binding_id: int, *, ordered: bool) -> str:
    """Score a binding by what is known now: how it stands then.

    Before the invitee has `ordered` it waits, whatever the score; it never comes to wait again,
    as what was said before the order may be heard after it. Once staff have decided the score is
    still written, and changes nothing.
    """
    found = binding(session, binding_id)
    if found is None:
        raise ValueError(f"there is no binding {binding_id}")
    row = locked(session, binding_id)
    made = score(counts_of(session, found))
    status = row.status
    if row.decided_at is None:
        status = standing_of(made, ordered=ordered or row.status != WAITING)
    _write(session, binding_id, made, status)
    if status != row.status:
        SCREENED.labels(status).inc()
        publish(session, ScreeningDecided(binding_id, found.invitee_id, status))
    return seen(status)


def standing_of(made: Score, *, ordered: bool) -> str:
    """How a score stands that no staff member has looked at."""
    if not ordered:
        return WAITING
    return HELD if made.points >= HOLD_FROM.get() else CLEAR


def standing(session: Session, binding_id: int) -> str:
    """How a binding stands: 'waiting', 'clear', 'held' or 'void'."""
    query = select(Screening.status).where(Screening.binding_id == binding_id)
    return seen(session.scalar(query) or WAITING)


def standings(session: Session, binding_ids: Collection[int]) -> dict[int, str]:
    """How these bindings stand, by their ids, in one read."""
    query = select(Screening.binding_id, Screening.status)
    rows = session.execute(query.where(Screening.binding_id.in_(binding_ids))).all()
    found = {row.binding_id: row.status for row in rows}
    return {one: seen(found.get(one, WAITING)) for one in binding_ids}


def seen(status: str) -> str:
    """How others see a standing: while the shop only looks on, nothing is held."""
    return CLEAR if status in (HELD, WAITING) and SHADOW.get() else status


def locked(session: Session, binding_id: int) -> Any:
    """The row of a binding, made if need be, locked until the commit."""
    session.execute(insert(Screening).values(binding_id=binding_id).on_conflict_do_nothing())
    return session.execute(
        select(Screening.status, Screening.decided_at, Screening.note)
        .where(Screening.binding_id == binding_id)
        .with_for_update(key_share=True)
    ).one()


def _write(session: Session, binding_id: int, made: Score, status: str) -> None:
    session.execute(
        update(Screening)
        .where(Screening.binding_id == binding_id)
        .values(
            score=made.points,
            reasons=dict(made.reasons),
            status=status,
            scored_at=func.clock_timestamp(),
        )
    )


DECISIONS = {"release": CLEAR, "hold": HELD, "void": VOID}
"""What staff may decide, and how it stands then."""
