"""The demo shop's lottery: points and a thank-you, with chances for points."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.kernel.db import db_now, transaction
from mall.lottery.admin_schemas import LotteryInSchema
from mall.lottery.composing import create_lottery, publish
from mall.lottery.models import Lottery
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

DAYS = 30
PRIZES = (
    ("幸运大奖 500 积分", 500, 10, None),
    ("50 积分", 50, None, 20),
    ("10 积分", 10, None, 200),
)
"""Name, points, and either how many there are or the weight."""
TEXT = (
    "每次抽奖消耗一次机会；机会可通过活动获得，也可用积分兑换。奖品即时发放到账户。"
    "连续十次未中奖时，第十次必得 10 积分。未使用的兑换机会在活动结束后退回积分。"
)


def load_demo_lottery(console: Console) -> None:
    """Publish a lottery, when the shop has none."""
    console.print(f"{int(_make())} lottery")


def _make() -> bool:
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Lottery)):
            return False
        starts_at = db_now(session) + timedelta(minutes=1)
    prizes = [_prize(*one) for one in PRIZES]
    thanks = {"name": "谢谢参与", "kind": "thanks", "weight": 780}
    terms = {
        "name": "积分抽奖",
        "text": TEXT,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(days=DAYS)).isoformat(),
        "tickets": 1_000,
        "prizes": [*prizes, thanks],
        "guarantee": {"draws": 10, "prize": 2},
        "daily_draws": 5,
        "price_points": 20,
        "budget_fen": 100_000,
    }
    lottery_id = create_lottery(LotteryInSchema().load(terms))
    publish(lottery_id, 1, accept_warnings=True)
    return True


def _prize(name: str, points: int, count: int | None, weight: int | None) -> dict[str, Any]:
    reward = [{"kind": "points", "count": points}]
    rule = create_rule(**RewardRuleInSchema().load({"name": f"抽奖：{name}", "reward": reward}))
    worth = {"worth_fen": points, "count": count, "weight": weight}
    return {"name": name, "rule_id": str(rule.id), **worth}
