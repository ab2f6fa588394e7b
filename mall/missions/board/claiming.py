"""The shopper claims the reward of a completed mission."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.missions.board.chains import chain_before
from mall.missions.board.counting import count_all
from mall.missions.board.definitions import Definition, Definitions
from mall.missions.board.errors import MissionNotCompleted, MissionNotFound
from mall.missions.board.listing import MissionView, mission_view, progress_view
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.models import MissionProgress
from mall.missions.board.rewarding import give, progress_of


def claim(user_id: int, mission_id: int, period: str | None = None) -> MissionView:
    """Give the shopper the reward of a mission that is complete in a period (by default the
    present one), once; again gives nothing and says how it stands.

    It is promised while some of what completed the mission may still go. Missions that give at
    once may be claimed, too: where the reward was refused then, or nothing was heard of what
    stands.
    Raises MissionNotFound, MissionNotCompleted, AccountClosed, and what the rewards refuse.
    """
    with transaction() as session:
        missions = lock_missions_of(session, user_id)
        mission = missions.missions.get(mission_id)
        if mission is None or not mission.versions:
            raise MissionNotFound
        _count_what_stands(session, user_id, mission, missions)
        held = _find(session, user_id, mission, period)
        if held is None:
            mission_view(session, user_id, mission_id)  # hidden ones aren't told
        if held is None or held.completed_at is None:
            raise MissionNotCompleted
        version = missions.version(mission_id, held.version)
        if version is None:
            raise MissionNotFound
        if held.rewarded_at is None:
            chain = chain_before(session, held, missions)
            if not chain.complete:
                raise MissionNotCompleted
            give(session, held, version, chain)
            held = progress_of(session, held.id)
        return progress_view(session, missions, held)


def _count_what_stands(
    session: Session, user_id: int, mission: Definition, missions: Definitions
) -> None:
    trigger = mission.versions[-1].trigger
    if trigger.look is not None:
        count_all(session, user_id, trigger, missions, trigger.look(session, user_id))


def _find(
    session: Session, user_id: int, mission: Definition, period: str | None
) -> MissionProgress | None:
    now = db_now(session)
    wanted = [period] if period else [one.period_at(now).key for one in mission.versions]
    return session.scalars(
        select(MissionProgress)
        .where(
            MissionProgress.user_id == user_id,
            MissionProgress.mission_id == mission.id,
            MissionProgress.period.in_(wanted),
        )
        .order_by(MissionProgress.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()
