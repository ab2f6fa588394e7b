"""Giving what was promised, when the fact has come that a pending grant waited for.

Lock order: the ground, the grants by id, then what the granters lock: first what comes before the
shoppers' accounts (`locking.py`), then shopper by shopper.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.kernel.errors import MallError
from mall.rewards import history, metrics
from mall.rewards.errors import RewardGrantNotFound
from mall.rewards.giving import give_promised, parts_of
from mall.rewards.grounds import lock_ground
from mall.rewards.locking import lock_to_confirm
from mall.rewards.models import RewardGrant
from mall.rewards.states import GRANTED, PENDING
from mall.users.queries import hold_open_account


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How it went with one grant: given, or refused by its granter with this code."""

    grant_id: int
    user_id: int
    refusal: str | None = None


def confirm(session: Session, grant_id: int, *, cause: str) -> bool:
    """Give what a pending grant promised, less what was taken back meanwhile; once.

    False when the grant isn't pending. A paused rule doesn't matter: it was promised. Raises
    RewardGrantNotFound, AccountClosed, and what a granter refuses: the caller must then roll
    back (to a savepoint of its own).
    """
    if not history.move(session, grant_id, (PENDING, GRANTED), cause):
        if session.scalar(select(RewardGrant.id).where(RewardGrant.id == grant_id)) is None:
            raise RewardGrantNotFound
        return False
    user_id = session.scalars(select(RewardGrant.user_id).where(RewardGrant.id == grant_id)).one()
    hold_open_account(session, user_id)
    for part in parts_of(session, grant_id):
        give_promised(session, user_id, part)
    metrics.GRANTS.labels("confirmed").inc()
    return True


def confirm_for(session: Session, ground: str, *, cause: str) -> list[Confirmation]:
    """Confirm every grant that waits on a ground. Doing it again gives nothing twice.

    One that its granter refuses stays pending with the refusal, for staff to see, and holds up
    no other.
    """
    lock_ground(session, ground)
    waiting = session.execute(
        select(RewardGrant.id, RewardGrant.user_id)
        .where(RewardGrant.ground == ground, RewardGrant.status == PENDING)
        .order_by(RewardGrant.id)
        .with_for_update()
    ).all()
    lock_to_confirm(session, {row.id: row.user_id for row in waiting})
    return [
        _try(session, row.id, row.user_id, cause)
        for row in sorted(waiting, key=lambda row: (row.user_id, row.id))
    ]


def _try(session: Session, grant_id: int, user_id: int, cause: str) -> Confirmation:
    try:
        with session.begin_nested():
            confirm(session, grant_id, cause=cause)
    except MallError as refusal:
        session.execute(
            update(RewardGrant).where(RewardGrant.id == grant_id).values(refusal=refusal.code)
        )
        return Confirmation(grant_id, user_id, refusal.code)
    return Confirmation(grant_id, user_id)
