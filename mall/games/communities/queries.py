"""Reads of communities for their members and for staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.games.communities.errors import (
    CommunityMissionNotFound,
    CommunityNotFound,
    HiddenCouponNotFound,
)
from mall.games.communities.models import (
    Community,
    CommunityFact,
    CommunityMember,
    CommunityMission,
    CommunityReward,
    HiddenCoupon,
    HiddenCouponClaim,
)
from mall.games.communities.states import hidden_state_of, state_of
from mall.kernel.db import Identified, db_now
from mall.rewards.granters import cost_fen, read_reward
from mall.rewards.models import RewardGrant

Row = dict[str, Any]
Model = TypeVar("Model", bound=Identified)
MOST_MISSIONS = 50
_TERMS = (
    *("id", "community_id", "name", "rules", "counts", "target", "total", "rule_id", "reward"),
    *("starts_at", "ends_at", "reached_at", "end_reason", "created_at"),
    *("revision", "published_at", "paused"),
)
_HIDDEN_TERMS = (
    *("id", "name", "phrase", "rule_id", "reward", "starts_at", "ends_at", "places", "used"),
    *("revision", "published_at", "paused", "revoked_at", "created_at"),
)


def claimed_hidden_coupon(session: Session, hidden_coupon_id: int, user_id: int) -> Row:
    """What a shopper got for a phrase. Raises HiddenCouponNotFound."""
    row = session.execute(
        select(HiddenCoupon.id, HiddenCoupon.name, HiddenCoupon.reward, HiddenCouponClaim)
        .join(HiddenCouponClaim, HiddenCouponClaim.hidden_coupon_id == HiddenCoupon.id)
        .where(HiddenCoupon.id == hidden_coupon_id, HiddenCouponClaim.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise HiddenCouponNotFound
    shown = {"id": row.id, "name": row.name, "reward": row.reward}
    return {**shown, "claimed_at": row.HiddenCouponClaim.created_at}


def my_communities(session: Session, user_id: int) -> list[Row]:
    """The communities that a shopper joined, newest first, at most a hundred."""
    rows = session.execute(
        select(Community.id, Community.name, CommunityMember.created_at.label("joined_at"))
        .join(CommunityMember, CommunityMember.community_id == Community.id)
        .where(CommunityMember.user_id == user_id)
        .order_by(Community.id.desc())
        .limit(100)
    )
    return [dict(row._mapping) for row in rows]


def my_missions(session: Session, community_id: int, user_id: int) -> list[Row]:
    """The newest published missions of a community, for a member. Raises CommunityNotFound, for
    others, too."""
    member = select(CommunityMember.user_id).where(
        CommunityMember.community_id == community_id, CommunityMember.user_id == user_id
    )
    if session.scalar(member) is None:
        raise CommunityNotFound
    published = CommunityMission.published_at.is_not(None)
    query = select(CommunityMission).where(CommunityMission.community_id == community_id, published)
    now = db_now(session)
    newest = _newest(session, query, CommunityMission, None, MOST_MISSIONS - 1)
    found = [_line(one, now) for one in newest]
    ids = [one["id"] for one in found]
    counted = session.execute(
        select(CommunityFact.mission_id, func.sum(CommunityFact.worth))
        .where(CommunityFact.mission_id.in_(ids), CommunityFact.user_id == user_id)
        .group_by(CommunityFact.mission_id)
    )
    mine = {mission_id: int(worth) for mission_id, worth in counted}
    rewarded = session.scalars(
        select(CommunityReward.mission_id).where(
            CommunityReward.mission_id.in_(ids),
            CommunityReward.user_id == user_id,
            CommunityReward.grant_id.is_not(None),
        )
    ).all()
    return [
        {**one, "mine": mine.get(one["id"], 0), "rewarded": one["id"] in rewarded} for one in found
    ]


def missions(session: Session, community_id: int, *, before: int | None, limit: int) -> list[Row]:
    """Missions of a community, newest first; one more than `limit`. Raises CommunityNotFound."""
    one_community(session, community_id)
    query = select(CommunityMission).where(CommunityMission.community_id == community_id)
    now = db_now(session)
    return [_line(one, now) for one in _newest(session, query, CommunityMission, before, limit)]


def one_mission(session: Session, mission_id: int) -> Row:
    """A mission. Raises CommunityMissionNotFound."""
    return _line(_mission(session, mission_id), db_now(session))


def figures(session: Session, mission_id: int) -> Row:
    """How a mission goes, and how its rewards are given. Raises CommunityMissionNotFound."""
    mission = _mission(session, mission_id)
    members = select(func.count()).where(CommunityMember.community_id == mission.community_id)
    took_part = select(func.count(CommunityFact.user_id.distinct())).where(
        CommunityFact.mission_id == mission_id, CommunityFact.worth > 0
    )
    rewards = session.execute(
        select(
            func.count().filter(CommunityReward.grant_id.is_(None)).label("due"),
            func.count(CommunityReward.grant_id).label("given"),
            func.count(CommunityReward.refusal).label("refused"),
        ).where(CommunityReward.mission_id == mission_id)
    ).one()
    return {
        "members": session.scalar(members),
        "took_part": session.scalar(took_part),
        "total": mission.total,
        "target": mission.target,
        **rewards._mapping,
    }


def communities(session: Session, *, before: int | None, limit: int) -> list[Community]:
    """Communities, newest first; one more than `limit`."""
    return _newest(session, select(Community), Community, before, limit)


def hidden_coupons(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """Hidden coupons, newest first; one more than `limit`."""
    now = db_now(session)
    found = _newest(session, select(HiddenCoupon), HiddenCoupon, before, limit)
    return [_hidden_line(one, now) for one in found]


def one_community(session: Session, community_id: int) -> Community:
    """A community. Raises CommunityNotFound."""
    found = session.get(Community, community_id, populate_existing=True)
    if found is None:
        raise CommunityNotFound
    return found


def one_hidden_coupon(session: Session, hidden_coupon_id: int) -> Row:
    """A hidden coupon. Raises HiddenCouponNotFound."""
    found = session.get(HiddenCoupon, hidden_coupon_id, populate_existing=True)
    if found is None:
        raise HiddenCouponNotFound
    return _hidden_line(found, db_now(session))


def hidden_figures(session: Session, hidden_coupon_id: int) -> Row:
    """How a hidden coupon goes: places, what was claimed, and what of it came back. Raises
    HiddenCouponNotFound."""
    hidden = one_hidden_coupon(session, hidden_coupon_id)
    taken_back = (
        select(func.count())
        .select_from(HiddenCouponClaim)
        .join(RewardGrant, RewardGrant.id == HiddenCouponClaim.grant_id)
        .where(
            HiddenCouponClaim.hidden_coupon_id == hidden_coupon_id,
            RewardGrant.reversed_at.is_not(None),
        )
    )
    one_fen = cost_fen(session, read_reward(hidden["reward"]))
    back = session.scalar(taken_back) or 0
    return {
        "places": hidden["places"],
        "claimed": hidden["used"],
        "left": hidden["places"] - hidden["used"],
        "taken_back": back,
        "cost_fen": None if one_fen is None else one_fen * (hidden["used"] - back),
    }


def _mission(session: Session, mission_id: int) -> CommunityMission:
    found = session.get(CommunityMission, mission_id, populate_existing=True)
    if found is None:
        raise CommunityMissionNotFound
    return found


def _newest(
    session: Session, query: Any, model: type[Model], before: int | None, limit: int
) -> list[Model]:
    if before is not None:
        query = query.where(model.id < before)
    newest = query.order_by(model.id.desc()).limit(limit + 1)
    return list(session.scalars(newest.execution_options(populate_existing=True)))


def _hidden_line(hidden: HiddenCoupon, now: datetime) -> Row:
    return {
        **{name: getattr(hidden, name) for name in _HIDDEN_TERMS},
        "state": hidden_state_of(hidden, now),
    }


def _line(mission: CommunityMission, now: datetime) -> Row:
    return {
        **{name: getattr(mission, name) for name in _TERMS},
        "state": state_of(mission, now),
    }
