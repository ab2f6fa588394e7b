"""What members do counts for the missions of their communities, once a fact, as it stands.

A fact is read under the mission's lock, so events may come twice, late or in any order. Who brings
the total to the target writes down, in the same transaction, everybody who took part. While a
mission is paused facts count on, and it isn't reached. Lock order: the missions ascending.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.games.communities.kinds import KINDS
from mall.games.communities.models import CommunityFact, CommunityMember, CommunityMission
from mall.kernel import jobs
from mall.kernel.events import Event
from mall.missions.board.triggers import Trigger

LATE = timedelta(days=7)
"""So long after its end a mission counts what events tell late."""
_TOOK_PART = text(
    """
    INSERT INTO community_rewards (mission_id, user_id)
    SELECT mission_id, user_id FROM community_facts
    WHERE mission_id = :mission_id GROUP BY mission_id, user_id HAVING sum(worth) > 0
    ON CONFLICT DO NOTHING
    """
)


def hear(trigger: Trigger) -> Callable[[Session, Event], None]:
    """The handler of a trigger's events."""

    def count_on_event(session: Session, event: Event) -> None:
        user_id = trigger.shopper(session, event)
        if user_id is None:
            return
        missions = _locked(session, trigger, user_id)
        facts = list(trigger.facts(session, event)) if missions else []
        for mission in missions:
            for fact in facts:
                if max(mission.starts_at, mission.joined_at) <= fact.at < mission.ends_at:
                    worth = KINDS[mission.counts].worth(fact)
                    _count(session, mission, user_id, fact.key, worth)

    return count_on_event


def _locked(session: Session, trigger: Trigger, user_id: int) -> list[Any]:
    """The missions of the shopper's communities that still count what this trigger tells."""
    counts = [name for name, one in KINDS.items() if one.trigger.name == trigger.name]
    return list(
        session.execute(
            select(
                CommunityMission.id,
                CommunityMission.counts,
                CommunityMission.target,
                CommunityMission.paused,
                CommunityMission.starts_at,
                CommunityMission.ends_at,
                CommunityMember.created_at.label("joined_at"),
            )
            .join(CommunityMember, CommunityMember.community_id == CommunityMission.community_id)
            .where(
                CommunityMember.user_id == user_id,
                CommunityMission.counts.in_(counts),
                CommunityMission.published_at.is_not(None),
                CommunityMission.reached_at.is_(None),
                CommunityMission.ended_at.is_(None),
                CommunityMission.starts_at <= func.clock_timestamp(),
                CommunityMission.ends_at > func.now() - LATE,
            )
            .order_by(CommunityMission.id)
            .with_for_update(of=CommunityMission, key_share=True)
        )
    )


def _count(session: Session, mission: Any, user_id: int, key: str, worth: int) -> None:
    """Keep what a fact is worth now, and move the total by what is different."""
    known = select(CommunityFact.worth).where(
        CommunityFact.mission_id == mission.id,
        CommunityFact.user_id == user_id,
        CommunityFact.key == key,
    )
    before = session.scalar(known)
    if worth == (before or 0):
        return
    session.execute(
        insert(CommunityFact)
        .values(mission_id=mission.id, user_id=user_id, key=key, worth=worth)
        .on_conflict_do_update(constraint="pk_community_facts", set_={"worth": worth})
    )
    total = session.scalar(
        update(CommunityMission)
        .where(CommunityMission.id == mission.id)
        .values(total=CommunityMission.total + worth - (before or 0))
        .returning(CommunityMission.total),
        execution_options={"synchronize_session": False},
    )
    if total is not None and total >= mission.target and not mission.paused:
        reach(session, mission.id)


def reach(session: Session, mission_id: int) -> None:
    """The total has come to the target. Once: from now on nothing counts, and who took part gets
    the reward. The mission's row is locked."""
    reached: datetime | None = session.scalar(
        update(CommunityMission)
        .where(CommunityMission.id == mission_id, CommunityMission.reached_at.is_(None))
        .values(reached_at=func.clock_timestamp())
        .returning(CommunityMission.reached_at),
        execution_options={"synchronize_session": False},
    )
    if reached is not None:
        session.execute(_TOOK_PART, {"mission_id": mission_id})
        jobs.defer(session, "communities.give_rewards")
