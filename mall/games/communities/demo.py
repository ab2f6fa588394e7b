"""The demo shop's community: a phrase that hides a coupon, and a goal of check-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.coupons.models import REWARD
from mall.coupons.schemas import CouponTemplateInSchema
from mall.coupons.templates import create
from mall.games.communities import composing, hidden_composing
from mall.games.communities.admin_schemas import CommunityMissionInSchema, HiddenCouponInSchema
from mall.games.communities.joining import make_community
from mall.games.communities.models import Community
from mall.kernel.db import db_now, transaction
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

NAME, DAYS, PLACES = "老友群", 30, 500
PHRASE = "老友回家有礼"
COUPON = {"name": "社群专享满 50 减 8", "kind": "amount", "amount_fen": 800, "threshold_fen": 5_000}
TARGET, POINTS = 30, 50
MISSION_TEXT = (
    "活动期间群成员签到合计 30 次即达成，每位参与过签到的成员各得 50 积分；"
    "入群之后的签到才计入，达成后自动发放。"
)


def load_demo_communities(console: Console) -> None:
    """Make a community with a hidden coupon and a mission, when the shop has none."""
    console.print(f"{int(_make())} community")


def _make() -> bool:
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Community)):
            return False
        now = db_now(session)
    community_id = make_community(NAME)
    hidden = {**_period("社群隐藏券", now), "phrase": PHRASE, "places": PLACES}
    hidden |= {"rule_id": _rule({"kind": "coupon", "what": _template()})}
    hidden_id = hidden_composing.create_hidden_coupon(HiddenCouponInSchema().load(hidden))
    hidden_composing.publish(hidden_id, 1, accept_warnings=True)
    mission = {**_period("一起签到", now + timedelta(minutes=1)), "rules": MISSION_TEXT}
    mission |= {"counts": "check_ins", "target": TARGET}
    mission |= {"rule_id": _rule({"kind": "points", "count": POINTS})}
    loaded = CommunityMissionInSchema().load(mission)
    composing.publish(composing.create_mission(community_id, loaded), 1, accept_warnings=True)
    return True


def _period(name: str, starts_at: datetime) -> dict[str, Any]:
    ends_at = starts_at + timedelta(days=DAYS)
    return {"name": name, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def _template() -> str:
    terms = {**COUPON, "way": REWARD, "valid_days": DAYS, "accept_warnings": True}
    return str(create(**CouponTemplateInSchema().load(terms)).id)


def _rule(part: dict[str, Any]) -> str:
    body = {"name": f"社群：{part['kind']}", "reward": [part]}
    return str(create_rule(**RewardRuleInSchema().load(body)).id)
