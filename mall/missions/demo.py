"""The demo shop's reasons to come back: a check-in cycle of a week, and some missions."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.kernel.db import transaction
from mall.missions.board.admin_schemas import MissionInSchema
from mall.missions.board.defining import create_mission
from mall.missions.board.models import Mission
from mall.missions.checkin.milestones import DAILY, FULL, STREAK
from mall.missions.checkin.models import CheckInPlan
from mall.missions.checkin.planning import make_plan
from mall.rewards.commands import create_rule
from mall.rewards.models import RewardRule
from mall.rewards.schemas import RewardRuleInSchema

POINTS, CARD = "points", "makeup_card"
DAYS = 7
# Name, terms, and the points that it gives.
MISSIONS: tuple[tuple[str, dict[str, Any], int], ...] = (
    (
        "完善资料",
        {"trigger": "profile_completed", "measure": "count", "target": 1, "period": "once"},
        100,
    ),
    ("逛一逛", {"trigger": "browse", "measure": "seconds", "target": 60, "period": "day"}, 10),
    (
        "连续三天逛一逛",
        {"trigger": "browse_days", "measure": "streak", "target": 3, "period": "month"},
        30,
    ),
    ("每周两单", {"trigger": "order_paid", "measure": "count", "target": 2, "period": "week"}, 200),
    ("邀请新朋友", {"trigger": "invite", "measure": "count", "target": 1, "period": "month"}, 300),
)


def load_demo_missions(console: Console) -> None:
    """Make the check-in plan and the missions, when the shop has none."""
    console.print(f"{int(plan_check_in())} check-in plan, {make_missions()} missions")


def plan_check_in() -> bool:
    """A cycle of seven days, each worth points; whether it was made."""
    if _count(CheckInPlan):
        return False
    rewards = (
        (DAILY, None, _rule("每日签到", (POINTS, 5))),
        (STREAK, 3, _rule("连续签到 3 天", (POINTS, 20))),
        (FULL, None, _rule("签满一周", (POINTS, 50), (CARD, 1))),
    )
    make_plan(
        name="每周签到",
        days=DAYS,
        rewards=[{"kind": kind, "at": at, "rule_id": rule_id} for kind, at, rule_id in rewards],
        replaces=0,
    )
    return True


def make_missions() -> int:
    """The missions, when there is none; how many were made."""
    if _count(Mission):
        return 0
    for position, (name, terms, points) in enumerate(MISSIONS):
        rule_id = _rule(f"任务：{name}", (POINTS, points))
        body = {**terms, "name": name, "rule_ids": [str(rule_id)], "position": position}
        create_mission(MissionInSchema().load(body))
    return len(MISSIONS)


def _count(table: type[Any]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _rule(name: str, *parts: tuple[str, int]) -> int:
    """The reward rule of this name, made if there is none: its id."""
    with transaction() as session:
        known = session.scalar(select(RewardRule.id).where(RewardRule.name == name).limit(1))
    if known is not None:
        return known
    reward = [{"kind": kind, "count": count} for kind, count in parts]
    made = create_rule(**RewardRuleInSchema().load({"name": name, "reward": reward}))
    return int(made.id)
