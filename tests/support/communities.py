"""Communities, their missions and hidden coupons for tests."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import text

from mall.games.communities import composing, hidden_composing
from mall.games.communities.admin_schemas import CommunityMissionInSchema, HiddenCouponInSchema
from mall.games.communities.joining import join, make_community
from mall.games.communities.queries import one_community
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from tests.support.lottery import points_rule

_numbers = count(1)


def terms(**more: Any) -> dict[str, Any]:
    """What a hidden coupon and a mission have in common: from in an hour on, for a month."""
    return {
        "name": "社群专享",
        "starts_at": (utc_now() + timedelta(hours=1)).isoformat(),
        "ends_at": (utc_now() + timedelta(days=30)).isoformat(),
        **more,
    }


def hidden_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a hidden coupon of ten points, which can be claimed at once."""
    now = (utc_now() - timedelta(minutes=1)).isoformat()
    values = {"phrase": f"芝麻开门口令{next(_numbers)}", "places": 100, "starts_at": now}
    return terms(
        **{**values, **({} if "rule_id" in more else {"rule_id": str(points_rule(10))}), **more}
    )


def hidden_draft(**more: Any) -> int:
    return hidden_composing.create_hidden_coupon(HiddenCouponInSchema().load(hidden_terms(**more)))


def hidden(**more: Any) -> int:
    """A hidden coupon that is published: its id."""
    hidden_coupon_id = hidden_draft(**more)
    hidden_composing.publish(hidden_coupon_id, 1, accept_warnings=True)
    return hidden_coupon_id


def mission_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a mission: three check-ins for ten points each."""
    values = {"rules": "一起完成，人人有奖。", "counts": "check_ins", "target": 3}
    return terms(
        **{**values, **({} if "rule_id" in more else {"rule_id": str(points_rule(10))}), **more}
    )


def mission_draft(community_id: int, **more: Any) -> int:
    values = CommunityMissionInSchema().load(mission_terms(**more))
    return composing.create_mission(community_id, values)


def community_mission(community_id: int, **more: Any) -> int:
    """A mission that began a moment ago: its id."""
    mission_id = mission_draft(community_id, **more)
    composing.publish(mission_id, 1, accept_warnings=True)
    begin(mission_id)
    return mission_id


def begin(mission_id: int) -> None:
    """Its start was a day ago, whatever was published."""
    _shift(mission_id, "starts_at = now() - interval '1 day'")


def finish(mission_id: int) -> None:
    """Its time is over."""
    _shift(mission_id, "ends_at = now() - interval '1 second'")


def community(*members: int) -> int:
    """A community of these shoppers: its id."""
    community_id = make_community("老客户群")
    for user_id in members:
        join(user_id, code_of(community_id))
    return community_id


def code_of(community_id: int) -> str:
    with transaction() as session:
        return one_community(session, community_id).code


def community_ids(user_id: int) -> dict[str, str]:
    """What placeholders stand for: a community of this shopper with a mission, a hidden
    coupon, and a draft of each."""
    community_id = community(user_id)
    return {
        "community_id": str(community_id),
        "community_code": code_of(community_id),
        "community_mission_id": str(community_mission(community_id)),
        "community_draft_id": str(mission_draft(community_id)),
        "hidden_coupon_id": str(hidden(phrase="芝麻芝麻开门")),
        "hidden_draft_id": str(hidden_draft()),
    }


def _shift(mission_id: int, change: str) -> None:
    with transaction() as session:
        session.execute(
            text(f"UPDATE community_missions SET {change} WHERE id = :id"), {"id": mission_id}
        )
