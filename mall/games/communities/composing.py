"""Composing missions of a community, publishing, pausing and ending them.

Every change locks the mission's row and leaves an audit row. Published terms never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.games.communities.counting import reach
from mall.games.communities.describing import describe_mission
from mall.games.communities.errors import (
    CommunityMissionChanged,
    CommunityMissionNotFound,
    CommunityMissionNotPublished,
    CommunityMissionOver,
    CommunityMissionPublished,
    CommunityNotFound,
    CommunityTimesInvalid,
)
from mall.games.communities.in_use import CHECK_IN_MISSIONS
from mall.games.communities.models import Community, CommunityMission
from mall.games.communities.rules import reward_of
from mall.games.communities.states import DRAFT, ENDED, OVER, REACHED, state_of
from mall.kernel.db import after_commit, db_now, transaction
from mall.kernel.in_use import KNOWN_BY_ALL
from mall.staff.audit import record

Terms = Mapping[str, Any]
"""By the fields of `CommunityMissionTermsSchema`."""


def create_mission(community_id: int, terms: Terms) -> int:
    """A new draft: its id.

    Raises CommunityNotFound, CommunityTimesInvalid, CommunityRuleUnknown, CommunityRuleBounded.
    """
    with transaction() as session:
        known = session.scalar(select(Community.id).where(Community.id == community_id))
        if known is None:
            raise CommunityNotFound
        values = {**_checked(session, terms), "community_id": community_id}
        mission_id = session.execute(
            insert(CommunityMission).values(**values).returning(CommunityMission.id)
        ).scalar_one()
        _audit(session, "create", mission_id, values)
        return mission_id


def change_draft(mission_id: int, replaces: int, terms: Terms) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises CommunityMissionNotFound, CommunityMissionPublished, CommunityMissionChanged, and as
    create_mission.
    """
    with transaction() as session:
        mission = _draft(session, mission_id, replaces)
        values = _checked(session, terms)
        _set(session, mission_id, **values, revision=mission.revision + 1)
        _audit(session, "update", mission_id, values)


def publish(mission_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Make a draft public to the community, before its start, with what its rule gives now.

    Raises CommunityMissionNotFound, CommunityMissionPublished, CommunityMissionChanged,
    CommunityTimesInvalid, CommunityRuleUnknown, CommunityRuleBounded, CampaignRefused,
    CampaignWarned.
    """
    with transaction() as session:
        mission = _draft(session, mission_id, replaces)
        if mission.starts_at < db_now(session) + KNOWN_BY_ALL:
            raise CommunityTimesInvalid("开始时间须在 10 秒之后", param="starts_at")
        reward = reward_of(session, mission.rule_id, unbounded=True)
        _set(session, mission_id, reward=reward, published_at=func.clock_timestamp())
        facts = describe_mission(_locked(session, mission_id))
        review(session, facts, replaces, accept_warnings=accept_warnings)
        _audit(session, "publish", mission_id, {"reward": reward})


def pause(mission_id: int, paused: bool) -> None:
    """Let nothing be given for a while: what members do is counted all the same, so that nobody
    loses by it, but the mission isn't reached. When it goes on, also after its time, it is reached
    if its total has come to the target. Saying so again changes nothing.

    Raises CommunityMissionNotFound, CommunityMissionNotPublished, CommunityMissionOver.
    """
    with transaction() as session:
        mission = _running(session, mission_id)
        if mission.paused == paused:
            return
        _set(session, mission_id, paused=paused)
        _audit(session, "pause" if paused else "resume", mission_id, {"paused": paused})
        if not paused and mission.total >= mission.target:
            reach(session, mission_id)


def end(mission_id: int, reason: str) -> None:
    """End a mission that isn't reached, for a reason that is public: nothing counts any more.

    Raises CommunityMissionNotFound, CommunityMissionNotPublished, CommunityMissionOver.
    """
    with transaction() as session:
        _running(session, mission_id)
        _set(session, mission_id, ended_at=func.clock_timestamp(), end_reason=reason)
        _audit(session, "end", mission_id, {"end_reason": reason})


def _draft(session: Session, mission_id: int, replaces: int) -> CommunityMission:
    mission = _locked(session, mission_id)
    if mission.published_at is not None:
        raise CommunityMissionPublished
    if mission.revision != replaces:
        raise CommunityMissionChanged(param="replaces")
    return mission


def _running(session: Session, mission_id: int) -> CommunityMission:
    """Whoever counts locks the mission's row, too: none is under way once it is locked."""
    mission = _locked(session, mission_id)
    state = state_of(mission, db_now(session))
    if state == DRAFT:
        raise CommunityMissionNotPublished
    if state in {REACHED, ENDED, OVER}:
        raise CommunityMissionOver
    return mission


def _locked(session: Session, mission_id: int) -> CommunityMission:
    found = session.scalar(
        select(CommunityMission)
        .where(CommunityMission.id == mission_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise CommunityMissionNotFound
    return found


def _set(session: Session, mission_id: int, **values: Any) -> None:
    session.execute(
        update(CommunityMission)
        .where(CommunityMission.id == mission_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    after_commit(session, CHECK_IN_MISSIONS.expire)


def _checked(session: Session, terms: Terms) -> dict[str, Any]:
    """The columns of a draft."""
    if terms["ends_at"] <= max(terms["starts_at"], db_now(session)):
        raise CommunityTimesInvalid(param="ends_at")
    return {**terms, "reward": reward_of(session, terms["rule_id"], unbounded=True)}


def _audit(session: Session, verb: str, mission_id: int, after: Terms) -> None:
    record(
        session,
        action=f"community_mission.{verb}",
        target_type="community_mission",
        target_id=mission_id,
        after={
            name: str(value) if name.endswith("_id") or isinstance(value, datetime) else value
            for name, value in after.items()
        },
    )
