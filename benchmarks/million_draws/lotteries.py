"""What is drawn from: a lottery with prizes of every sort, a smaller one whose budget runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.lottery.campaigns.composing import create_lottery, publish
from mall.lottery.desk.schemas import LotteryInSchema
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

GUARANTEE = 10
CHANCES = 100
"""What one reward gives: the most that a rule may say."""
_SPARE = 1.2
"""Shoppers are chosen at random, and none may be missing a chance at the end."""
_DRAWS_OF_ONE, _FEWEST = 200, 10
_SMALLER = 20
"""The smaller lottery has a budget for about a twentieth of the draws, at 13 fen each."""
_SMALLER_COST_FEN = 13
_MAKE = """
INSERT INTO users (appid, openid)
SELECT 'bench', 'million' || n FROM generate_series(1, :count) n RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lottery that runs, the rule that gives chances of it, and how many rewards each shopper
    gets of that rule."""

    lottery_id: int
    rule_id: int
    rewards: int


def make_shoppers(draws: int) -> list[int]:
    """So many that each draws some two hundred times."""
    with transaction() as session:
        values = {"count": max(draws // _DRAWS_OF_ONE, _FEWEST)}
        return list(session.scalars(text(_MAKE), values))


def make_lottery(draws: int, shoppers: int) -> Drawn:
    """Three counted prizes, two by weight, a guarantee, a budget that is enough."""
    prizes = [
        _prize("大奖", 1_000, count=max(draws // 100_000, 1)),
        _prize("中奖", 100, count=max(draws // 1_000, 1)),
        _prize("小奖", 20, count=max(draws // 20, 1)),
        _prize("积分", 10, weight=2),
        _prize("微奖", 5, weight=3),
        _thanks(15),
    ]
    guarantee = {"draws": GUARANTEE, "prize": 4}
    terms = {"tickets": draws, "guarantee": guarantee, "budget_fen": 100 * draws}
    return _running("百万抽奖", prizes, draws, shoppers, terms)


def make_smaller(draws: int, shoppers: int) -> Drawn:
    """By weight alone, with too small a budget."""
    prizes = [_prize("大奖", 100, weight=1), _prize("小奖", 10, weight=3), _thanks(6)]
    budget_fen = _SMALLER_COST_FEN * (draws // _SMALLER + 10)
    return _running("小抽奖", prizes, 2 * draws // _SMALLER, shoppers, {"budget_fen": budget_fen})


def _running(
    name: str, prizes: list[dict[str, Any]], draws: int, shoppers: int, more: dict[str, Any]
) -> Drawn:
    now = utc_now()
    terms = {
        **{"name": name, "text": "每次抽奖用一次机会。", "prizes": prizes},
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        **more,
    }
    lottery_id = create_lottery(LotteryInSchema().load(terms))
    publish(lottery_id, 1, accept_warnings=True)
    with transaction() as session:
        begun = "UPDATE lotteries SET starts_at = now() WHERE id = :id"
        session.execute(text(begun), {"id": lottery_id})
    chances = {"kind": "lottery_chance", "what": str(lottery_id), "count": CHANCES}
    rewards = int(_SPARE * draws / shoppers / CHANCES) + 1
    return Drawn(lottery_id, _rule("抽奖机会", chances), rewards)


def _prize(name: str, points: int, **share: int) -> dict[str, Any]:
    rule_id = _rule(name, {"kind": "points", "count": points})
    return {"name": name, "rule_id": str(rule_id), "worth_fen": points, **share}


def _thanks(weight: int) -> dict[str, Any]:
    return {"name": "谢谢参与", "kind": "thanks", "weight": weight}


def _rule(name: str, part: dict[str, Any]) -> int:
    return create_rule(**RewardRuleInSchema().load({"name": name, "reward": [part]})).id
