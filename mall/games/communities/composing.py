"""Missions of a community: made by staff, never changed, ended early for a public reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.games.communities.describing import describe_mission
from mall.games.communities.errors import (
    CommunityMissionNotFound,
    CommunityMissionOver,
    CommunityNotFound,
    CommunityTimesInvalid,
)
from mall.games.communities.in_use import CHECK_IN_MISSIONS
from mall.games.communities.models import Community, CommunityMission
from mall.games.communities.rules import reward_of
from mall.games.in_use import KNOWN_BY_ALL
from mall.kernel.db import after_commit, db_now, transaction
from mall.staff.audit import record


def make_mission(
    community_id: int, terms: Mapping[str, Any], *, accept_warnings: bool = False
) -> int:
    """A new mission, public to the community at once, from before its start: its id.

    Raises CommunityNotFound, CommunityTimesInvalid, CommunityRuleUnknown, CommunityRuleBounded,
    CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        known = session.scalar(select(Community.id).where(Community.id == community_id))
        if known is None:
            raise CommunityNotFound
        if not db_now(session) + KNOWN_BY_ALL <= terms["starts_at"] < terms["ends_at"]:
            raise CommunityTimesInvalid("开始时间须在 10 秒之后，结束时间须晚于开始时间")
        reward = reward_of(session, terms["rule_id"], unbounded=True)
        values = {**terms, "community_id": community_id, "reward": reward}
        made = session.scalars(
            insert(CommunityMission).values(**values).returning(CommunityMission)
        ).one()
        review(session, describe_mission(made), 1, accept_warnings=accept_warnings)
        plain = {
            name: value if isinstance(value, list) else str(value) for name, value in values.items()
        }
        _audit(session, "create", made.id, plain)
        after_commit(session, CHECK_IN_MISSIONS.expire)
        return made.id


def end_mission(mission_id: int, reason: str) -> None:
    """End a mission that isn't reached, for a reason that is public: nothing counts any more.

    Raises CommunityMissionNotFound, CommunityMissionOver.
    """
    with transaction() as session:
        mission = session.execute(
            select(CommunityMission.reached_at, CommunityMission.ended_at, CommunityMission.ends_at)
            .where(CommunityMission.id == mission_id)
            .with_for_update(key_share=True)
        ).one_or_none()
        if mission is None:
            raise CommunityMissionNotFound
        if mission.reached_at or mission.ended_at or mission.ends_at <= db_now(session):
            raise CommunityMissionOver
        session.execute(
            update(CommunityMission)
            .where(CommunityMission.id == mission_id)
            .values(ended_at=func.clock_timestamp(), end_reason=reason)
            .execution_options(synchronize_session=False)
        )
        _audit(session, "end", mission_id, {"end_reason": reason})


def _audit(session: Session, verb: str, mission_id: int, after: dict[str, Any]) -> None:
    record(
        session,
        action=f"community_mission.{verb}",
        target_type="community_mission",
        target_id=mission_id,
        after=after,
    )
