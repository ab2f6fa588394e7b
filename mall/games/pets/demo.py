"""The demo shop's pet: a kitten that missions feed."""

from __future__ import annotations

from datetime import timedelta

from rich.console import Console
from sqlalchemy import func, select

from mall.games.pets.admin_schemas import PetSeasonInSchema
from mall.games.pets.composing import create_season, publish
from mall.games.pets.models import PetSeason
from mall.games.pets.portions import FEED_KIND
from mall.kernel.db import db_now, transaction
from mall.missions.board.admin_schemas import MissionInSchema
from mall.missions.board.defining import create_mission
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

DAYS = 60
STAGES = (("幼崽", 0, 0), ("小猫", 60, 50), ("大猫", 200, 100), ("猫王", 500, 300))
"""Name, growth, and the points that reaching it gives."""
TEXT = (
    "完成任务获得饲料，喂养宠物增加成长值；每天可亲自照料一次，好友打开你分享的页面后每天可浇水一次。"
    "连续两天无人照料后每天衰减成长值，但不低于已达到的阶段。达到阶段即得对应积分；"
    "因退款收回的饲料不再计入，因此失去的阶段奖励一并收回。"
)
MISSION = "每日一单得饲料"
"""The mission that feeds it."""
_ORDER = {"trigger": "order_paid", "measure": "count", "target": 1, "period": "day"}


def load_demo_pets(console: Console) -> None:
    """Publish a season and the mission that feeds it, when the shop has none."""
    console.print(f"{int(_make())} pet season")


def _make() -> bool:
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(PetSeason)):
            return False
        starts_at = db_now(session) + timedelta(minutes=1)
    terms = {
        "name": "养猫领积分",
        "text": TEXT,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(days=DAYS)).isoformat(),
        "feed_growth": 10,
        "daily_portions": 10,
        "water_growth": 5,
        "friend_growth": 2,
        "friend_waterings": 5,
        "decay": 3,
        "grace_days": 2,
        "stages": [_stage(*one) for one in STAGES],
    }
    season_id = create_season(PetSeasonInSchema().load(terms))
    publish(season_id, 1, accept_warnings=True)
    feed = {"kind": FEED_KIND, "what": str(season_id), "count": 2}
    mission = {"name": MISSION, **_ORDER, "rule_ids": [_rule("饲料", feed)]}
    create_mission(MissionInSchema().load(mission))
    return True


def _stage(name: str, threshold: int, points: int) -> dict[str, object]:
    stage: dict[str, object] = {"name": name, "threshold": threshold}
    if points:
        rule_id = _rule(f"养成：{name}", {"kind": "points", "count": points})
        stage |= {"rule_id": rule_id, "worth_fen": points}
    return stage


def _rule(name: str, part: dict[str, object]) -> str:
    return str(create_rule(**RewardRuleInSchema().load({"name": name, "reward": [part]})).id)
