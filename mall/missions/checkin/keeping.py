"""Writing down a day of a shopper whose state is locked, with what it gives."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from mall.kernel.errors import MallError
from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.missions.checkin.cycles import Counted
from mall.missions.checkin.events import CheckedIn
from mall.missions.checkin.milestones import Milestone, event_of, newly_reached
from mall.missions.checkin.queries import CheckInView
from mall.rewards.granting import Source, grant
from mall.rewards.locking import lock_to_give
from mall.users.errors import AccountClosed

_KEEP = PreparedStatement(
    """
    INSERT INTO check_ins (user_id, day, cycle_id, streak, made_up, rewards, created_at)
    VALUES (:user_id, CAST(:day AS date), :cycle_id, :streak, CAST(:made_up AS boolean),
            CAST(:rewards AS jsonb), clock_timestamp())
    RETURNING created_at
    """
)


def keep(
    session: Session,
    user_id: int,
    day: date,
    streak: int,
    counted: Counted | None,
    *,
    made_up: bool = False,
) -> CheckInView:
    """Give what `day` reached in its cycle, and write the day down.

    A reward that is refused doesn't stop it. Raises AccountClosed.
    """
    rewards = _give_reached(session, user_id, day, counted) if counted else []
    kept = _KEEP.rows(
        session,
        user_id=user_id,
        day=day,
        cycle_id=counted.cycle_id if counted else None,
        streak=streak,
        made_up=made_up,
        rewards=Jsonb(rewards),
    )[0]
    publish(session, CheckedIn(user_id, str(day)))
    return CheckInView(day, streak, made_up, rewards, kept.created_at)


def _give_reached(
    session: Session, user_id: int, day: date, counted: Counted
) -> list[dict[str, Any]]:
    reached = newly_reached(counted.milestones, counted.before, counted.now)
    if len(reached) > 1:
        lock_to_give(session, [(user_id, part) for one in reached for part in one.reward])
    return [_give(session, user_id, one, event_of(one, counted.now, day)) for one in reached]


def _give(session: Session, user_id: int, milestone: Milestone, event: str) -> dict[str, Any]:
    refusal: MallError | None = None
    try:
        with session.begin_nested():
            grant(session, user_id, Source(milestone.rule_id, event), milestone.reward)
    except AccountClosed:
        raise
    except MallError as refused:
        refusal = refused
    return {
        "kind": milestone.kind,
        "at": milestone.at,
        "name": milestone.name,
        "reward": [asdict(part) for part in milestone.reward],
        "granted": refusal is None,
        "code": refusal.code if refusal else None,
        "message": refusal.message if refusal else None,
    }
