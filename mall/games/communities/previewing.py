"""What hidden coupons and missions may cost, expected and at worst, before anybody claims."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.games.communities.models import Community, CommunityMember
from mall.games.communities.queries import one_hidden_coupon, one_mission
from mall.rewards.granters import cost_fen, read_reward

Row = dict[str, Any]
_BP = 10_000


def hidden_coupon_preview(session: Session, hidden_coupon_id: int, claimed_bp: int) -> Row:
    """Expected, when the share `claimed_bp` of the places is claimed; worst, when all are. None
    where nobody can say what a part of the reward costs. Raises HiddenCouponNotFound,
    RewardUnknown."""
    hidden = one_hidden_coupon(session, hidden_coupon_id)
    one_fen = cost_fen(session, read_reward(hidden["reward"]))
    claimed = -(-hidden["places"] * claimed_bp // _BP)
    return _costs(one_fen, claimed, hidden["places"])


def mission_preview(session: Session, mission_id: int, shoppers: int | None) -> Row:
    """Of a mission that is reached. Expected, when so many take part: by default all members of
    now. At worst each fact is another shopper's, so as many take part as the target has units; in a
    community that is closed no more than its members. Raises CommunityMissionNotFound,
    RewardUnknown."""
    mission = one_mission(session, mission_id)
    one_fen = cost_fen(session, read_reward(mission["reward"]))
    members, is_closed = _members(session, mission["community_id"])
    most = min(mission["target"], members) if is_closed else mission["target"]
    return _costs(one_fen, min(members if shoppers is None else shoppers, most), most)


def _costs(one_fen: int | None, expected: int, most: int) -> Row:
    return {
        "one_fen": one_fen,
        "shoppers": most,
        "expected_fen": None if one_fen is None else one_fen * expected,
        "worst_fen": None if one_fen is None else one_fen * most,
    }


def _members(session: Session, community_id: int) -> tuple[int, bool]:
    """How many there are, and whether nobody else joins."""
    counted = select(func.count()).where(CommunityMember.community_id == community_id)
    closed = select(Community.closed_at).where(Community.id == community_id)
    return session.scalar(counted) or 0, session.scalar(closed) is not None
