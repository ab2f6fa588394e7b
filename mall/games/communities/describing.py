"""Hidden coupons and missions of communities as the rules of compliance see them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.games.communities.kinds import KINDS
from mall.games.communities.models import CommunityMission, HiddenCoupon

HIDDEN_KIND, MISSION_KIND = "hidden_coupon", "community_mission"
PHRASE_ENTERED = "phrase_entered"


def hidden_running(session: Session) -> Iterator[Running]:
    """Hidden coupons that can be claimed, or will be."""
    query = select(HiddenCoupon).where(
        HiddenCoupon.published_at.is_not(None),
        HiddenCoupon.revoked_at.is_(None),
        HiddenCoupon.ends_at > func.now(),
    )
    for one in session.scalars(query.execution_options(populate_existing=True)):
        yield describe_hidden_coupon(one), one.revision


def missions_running(session: Session) -> Iterator[Running]:
    """Missions that count, or will."""
    query = select(CommunityMission).where(
        CommunityMission.published_at.is_not(None),
        CommunityMission.reached_at.is_(None),
        CommunityMission.ended_at.is_(None),
        CommunityMission.ends_at > func.now(),
    )
    for one in session.scalars(query.execution_options(populate_existing=True)):
        yield describe_mission(one), one.revision


HIDDEN_COUPONS = CampaignSource(
    HIDDEN_KIND,
    hidden_running,
    """
    SELECT CAST(id AS text) AS ref, revision AS version FROM hidden_coupons
    WHERE published_at IS NOT NULL AND revoked_at IS NULL AND ends_at > now()
    """,
)
COMMUNITY_MISSIONS = CampaignSource(
    MISSION_KIND,
    missions_running,
    """
    SELECT CAST(id AS text) AS ref, revision AS version FROM community_missions
    WHERE published_at IS NOT NULL AND reached_at IS NULL AND ended_at IS NULL
      AND ends_at > now()
    """,
)


def describe_hidden_coupon(hidden: HiddenCoupon) -> Campaign:
    """What is given for entering the phrase."""
    return Campaign(
        kind=HIDDEN_KIND,
        ref=str(hidden.id),
        name=hidden.name,
        texts=(hidden.phrase,),
        starts_at=hidden.starts_at,
        ends_at=hidden.ends_at,
        quantity=hidden.places,
        mechanics=tuple(Reward(PHRASE_ENTERED, part["kind"]) for part in hidden.reward),
    )


def describe_mission(mission: CommunityMission) -> Campaign:
    """What is given for what members do together."""
    ground = KINDS[mission.counts].trigger.ground
    return Campaign(
        kind=MISSION_KIND,
        ref=str(mission.id),
        name=mission.name,
        texts=(mission.rules,),
        starts_at=mission.starts_at,
        ends_at=mission.ends_at,
        mechanics=tuple(Reward(ground, part["kind"]) for part in mission.reward),
    )
