"""The demo shop's lotteries: points with chances for points, and goods that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.inventory.models import Stock
from mall.kernel.db import db_now, transaction
from mall.lottery.campaigns.composing import create_lottery, publish
from mall.lottery.desk.schemas import LotteryInSchema
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


GOODS, GOODS_TICKETS = 3, 200
GOODS_TEXT = (
    "每次抽奖消耗一次机会，机会可用积分兑换。抽中实物奖品后，请在期限内于“我的奖品”填写收货地址，"
    "包邮寄出；逾期未领取的奖品放回奖池。未使用的兑换机会在活动结束后退回积分。"
)


def load_demo_lottery(console: Console) -> None:
    """Publish a lottery of points and one of goods, when the shop has none."""
    made = 0
    with transaction() as session:
        has_none = not session.scalar(select(func.count()).select_from(Lottery))
        goods = _goods(session)
    if has_none:
        made += _publish("积分抽奖", TEXT, _points_terms())
        made += _publish("实物抽奖", GOODS_TEXT, _goods_terms(goods)) if goods else 0
    console.print(f"{made} lotteries")


def _publish(name: str, text: str, terms: dict[str, Any]) -> int:
    with transaction() as session:
        starts_at = db_now(session) + timedelta(minutes=1)
    times = {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(days=DAYS)).isoformat(),
    }
    body = {"name": name, "text": text, **times, "daily_draws": 5, "price_points": 20, **terms}
    publish(create_lottery(LotteryInSchema().load(body)), 1, accept_warnings=True)
    return 1


def _points_terms() -> dict[str, Any]:
    return {
        "tickets": 1_000,
        "prizes": [*(_prize(*one) for one in PRIZES), _thanks(780)],
        "guarantee": {"draws": 10, "prize": 2},
        "budget_fen": 100_000,
    }


def _goods_terms(goods: Sequence[Any]) -> dict[str, Any]:
    """Nothing but goods by count: what isn't claimed goes back into the box."""
    prizes = [
        {
            "name": one.name[:30],
            "rule_id": str(_rule(one.name, {"kind": "goods", "what": str(one.id)})),
            "worth_fen": one.price_fen,
            "count": 1,
        }
        for one in goods
    ]
    return {"tickets": GOODS_TICKETS, "prizes": [*prizes, _thanks(1)]}


def _goods(session: Session) -> Sequence[Any]:
    """One SKU each of some products that have plenty."""
    one_each = select(func.min(Sku.id)).where(Sku.enabled).group_by(Sku.spu_id)
    return session.execute(
        select(Sku.id, Spu.name, Sku.price_fen)
        .join(Spu, Spu.id == Sku.spu_id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(Sku.id.in_(one_each), on_shelf_now(), Stock.sellable > 2 * GOODS)
        .order_by(Sku.id)
        .limit(GOODS)
    ).all()


def _prize(name: str, points: int, count: int | None, weight: int | None) -> dict[str, Any]:
    rule_id = _rule(name, {"kind": "points", "count": points})
    worth = {"worth_fen": points, "count": count, "weight": weight}
    return {"name": name, "rule_id": str(rule_id), **worth}


def _thanks(weight: int) -> dict[str, Any]:
    return {"name": "谢谢参与", "kind": "thanks", "weight": weight}


def _rule(name: str, part: dict[str, Any]) -> int:
    body = {"name": f"抽奖：{name}"[:60], "reward": [part]}
    return create_rule(**RewardRuleInSchema().load(body)).id
