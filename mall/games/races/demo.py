"""The demo shop's team race: check-ins, missions and purchases score, points are the prizes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.games.races.admin_schemas import RaceInSchema
from mall.games.races.composing import create_race, publish
from mall.games.races.models import Race
from mall.kernel.db import db_now, transaction
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

DAYS, JOINING_DAYS = 14, 5
PRIZES = (
    ("冠军 300 积分", 300, 1, 1),
    ("亚军季军 100 积分", 100, 2, 3),
    ("优胜 20 积分", 20, 4, 10),
)
"""Name, points for each member, first and last rank."""
TEXT = "三人成队，一起签到、做任务、购物攒积分。名次由全队总分决定，奖品发给每位队员。"


def load_demo_race(console: Console) -> None:
    """Publish a race, when the shop has none."""
    console.print(f"{int(_make())} race")


def _make() -> bool:
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Race)):
            return False
        starts_at = db_now(session) + timedelta(minutes=1)
    terms = {
        "name": "三人团队赛",
        "text": TEXT,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(days=DAYS)).isoformat(),
        "joins_until": (starts_at + timedelta(days=JOINING_DAYS)).isoformat(),
        "team_size": 3,
        "scores": [
            {"kind": "check_in", "points": 10},
            {"kind": "mission", "points": 20},
            {"kind": "purchase", "points": 1},
        ],
        "prizes": [_prize(*one) for one in PRIZES],
    }
    race_id = create_race(RaceInSchema().load(terms))
    publish(race_id, 1, accept_warnings=True)
    return True


def _prize(name: str, points: int, first: int, last: int) -> dict[str, Any]:
    reward = [{"kind": "points", "count": points}]
    rule = create_rule(**RewardRuleInSchema().load({"name": f"团队赛：{name}", "reward": reward}))
    return {"first_rank": first, "last_rank": last, "rule_id": str(rule.id)}
