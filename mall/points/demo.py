"""The demo shop's points: earned by orders, spent at checkout and in the points mall."""

from __future__ import annotations

import secrets
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from mall.catalog.admin_schemas import ProductInputSchema, product_data_of
from mall.catalog.models import Category, Sku, Spu
from mall.catalog.products import create_product
from mall.catalog.rules import on_shelf_now
from mall.inventory.models import Stock
from mall.kernel.db import transaction
from mall.points.checkout.settings import OPEN
from mall.points.exchange.codes.importing import import_codes
from mall.points.exchange.codes.sheet import rows_of_list
from mall.points.exchange.items.saving import create_item, set_stock
from mall.points.exchange.items.schemas import ExchangeItemInput
from mall.points.exchange.models import CODE, REWARD, SKU, ExchangeItem
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema
from mall.settings import store

UNITS, GOODS = 20, 3
CODES = 10


def load_demo_points(console: Console) -> None:
    """Open points at checkout and stock the points mall, when the shop has none of it."""
    open_checkout()
    console.print(f"{stock_points_mall()} items of the points mall")


def open_checkout() -> None:
    """Let points pay at checkout, unless staff have decided about it."""
    with transaction() as session:
        if not store.state(session, OPEN).version:
            store.put(session, OPEN, True, 0)


def stock_points_mall() -> int:
    """Three kinds of goods, a make-up card and codes; how many items were made.

    None when the points mall has items, or the shop has too few goods.
    """
    with transaction() as session:
        goods = _goods(session)
        if session.scalar(select(func.count()).select_from(ExchangeItem)) or len(goods) < GOODS:
            return 0
    first, second, third = goods
    _item(SKU, first.name, first.id, 800, UNITS)
    _item(SKU, second.name, second.id, 300, UNITS, cash_fen=990)
    _item(SKU, third.name, third.id, 100, UNITS, limit_units=1, limit_period="week")
    _item(
        REWARD, "补签卡", _virtual_sku("补签卡", 100), 50, 1_000, reward_rule_id=str(_card_rule())
    )
    movie = _item(CODE, "电影兑换码", _virtual_sku("电影兑换码", 3_000), 150, 0)
    codes = [f"DEMO-{secrets.token_hex(6).upper()}" for _ in range(CODES)]
    import_codes(movie, "演示", rows_of_list(codes, None))
    return GOODS + 2


def _goods(session: Any) -> list[Any]:
    """One SKU each of some products that have plenty."""
    one_each = select(func.min(Sku.id)).where(Sku.enabled).group_by(Sku.spu_id)
    rows = session.execute(
        select(Sku.id, Spu.name)
        .join(Spu, Spu.id == Sku.spu_id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(Sku.id.in_(one_each), on_shelf_now(), Stock.sellable > 2 * UNITS)
        .order_by(Sku.id.desc())
        .limit(GOODS)
    )
    return list(rows)


def _item(kind: str, name: str, sku_id: int, points: int, units: int, **more: Any) -> int:
    body = {
        "kind": kind,
        "name": name,
        "sku_id": str(sku_id),
        "prices": [{"points": points, "cash_fen": more.pop("cash_fen", 0)}],
        "free_freight": True,
        "enabled": True,
        **more,
    }
    item_id = create_item(ExchangeItemInput().load(body))
    if units:
        set_stock(item_id, units)
    return item_id


def _virtual_sku(name: str, price_fen: int) -> int:
    """A SKU that stands for something without a parcel. It is on no shelf."""
    code = f"DEMO-{secrets.token_hex(4).upper()}"
    with transaction() as session:
        category_id = session.scalar(select(func.min(Category.id)))
    body = {
        "spu_code": code,
        "name": name,
        "category_id": str(category_id),
        "skus": [{"sku_code": f"{code}-1", "price_fen": price_fen}],
    }
    product_id = create_product(product_data_of(ProductInputSchema().load(body)))
    with transaction() as session:
        return session.scalars(select(Sku.id).where(Sku.spu_id == product_id)).one()


def _card_rule() -> int:
    reward = [{"kind": "makeup_card", "count": 1}]
    terms = {"name": "积分商城：补签卡", "reward": reward}
    return int(create_rule(**RewardRuleInSchema().load(terms)).id)
