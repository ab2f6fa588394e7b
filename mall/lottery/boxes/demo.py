"""The demo shop's blind boxes: a product off the shelf, a hundred boxes, all of them prizes."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.catalog.admin_schemas import ProductInputSchema, product_data_of
from mall.catalog.models import Category, Sku
from mall.catalog.products import create_product
from mall.inventory.commands import receive
from mall.kernel.db import db_now, transaction
from mall.lottery.boxes.binding import bind_box
from mall.lottery.boxes.models import LotteryBox
from mall.lottery.campaigns.composing import create_lottery, publish
from mall.lottery.desk.schemas import LotteryInSchema
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

NAME, PRICE_FEN, DAYS, DAILY = "积分盲盒", 990, 30, 10
PRIZES = (("隐藏款 5000 积分", 5_000, 2), ("1500 积分", 1_500, 28), ("900 积分", 900, 70))
"""Name, points, how many; as many as there are boxes."""
TEXT = (
    "每个盲盒必有一份积分，种类、数量、概率与剩余数量见下表。未满 8 周岁不得购买，"
    "8 周岁以上未成年人须取得监护人同意。未拆的盲盒 7 日内可全额退款，活动结束时自动原路退款；"
    "拆开后不支持无理由退货。"
)


def load_demo_boxes(console: Console) -> None:
    """Sell blind boxes, when the shop has none and has a catalogue."""
    console.print(f"{int(_make())} lottery of blind boxes")


def _make() -> bool:
    with transaction() as session:
        category_id = session.scalar(select(func.min(Category.id)))
        if category_id is None or session.scalar(select(func.count()).select_from(LotteryBox)):
            return False
        starts_at = db_now(session) + timedelta(minutes=1)
    boxes = sum(count for _, _, count in PRIZES)
    terms = {
        "name": NAME,
        "text": TEXT,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(days=DAYS)).isoformat(),
        "tickets": boxes,
        "prizes": [_prize(*one) for one in PRIZES],
    }
    lottery_id = create_lottery(LotteryInSchema().load(terms))
    publish(lottery_id, 1, accept_warnings=True)
    bind_box(lottery_id, _sku(category_id, boxes), DAILY)
    return True


def _prize(name: str, points: int, count: int) -> dict[str, Any]:
    reward = [{"kind": "points", "count": points}]
    rule = create_rule(**RewardRuleInSchema().load({"name": f"盲盒：{name}", "reward": reward}))
    return {"name": name, "rule_id": str(rule.id), "worth_fen": points, "count": count}


def _sku(category_id: int, units: int) -> int:
    """The product of the boxes, off the shelf, with its stock."""
    code = f"DEMO-{secrets.token_hex(4).upper()}"
    body = {
        "spu_code": code,
        "name": NAME,
        "category_id": str(category_id),
        "skus": [{"sku_code": f"{code}-1", "price_fen": PRICE_FEN}],
    }
    product_id = create_product(product_data_of(ProductInputSchema().load(body)))
    with transaction() as session:
        sku_id = session.scalars(select(Sku.id).where(Sku.spu_id == product_id)).one()
        receive(session, sku_id, units, reason="盲盒", ref=f"boxes:{code}")
    return sku_id
