"""The points mall for tests: items with stock, exchanges as shoppers make them."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.kernel.jobs import JOBS
from mall.points.exchange.codes.importing import import_codes
from mall.points.exchange.codes.models import ExchangeCode
from mall.points.exchange.codes.sheet import rows_of_list
from mall.points.exchange.items.saving import create_item, set_stock
from mall.points.exchange.items.schemas import ExchangeItemInput
from mall.points.exchange.models import ExchangeItem, ExchangeOrder
from mall.points.exchange.orders.delivering import deliver_exchange
from mall.points.exchange.orders.exchanging import Exchanged, Wanted, exchange, quote_exchange
from tests.support.catalog import make_sku
from tests.support.coupons import make_rule, make_template
from tests.support.inventory import stock
from tests.support.orders import Buyer, make_buyer
from tests.support.points import give

_numbers = itertools.count(1)


def terms(sku_id: int, *, kind: str = "sku", points: int = 100, **more: Any) -> dict[str, Any]:
    """An item's terms as staff send them."""
    return {
        "kind": kind,
        "name": "保温杯",
        "sku_id": str(sku_id),
        "prices": [{"points": points, "cash_fen": more.pop("cash_fen", 0)}],
        "free_freight": True,
        "enabled": True,
        **more,
    }


def make_item(units: int = 5, *, sku_id: int | None = None, **more: Any) -> int:
    """An item of goods (of a SKU with ten units, unless given) with so many set aside: its id."""
    sku_id = stock(make_sku(5_000), 10) if sku_id is None else sku_id
    item_id = create_item(ExchangeItemInput().load(terms(sku_id, **more)))
    set_stock(item_id, units)
    return item_id


def make_code_item(*codes: str, **more: Any) -> int:
    """An item of codes, with these: its id."""
    body = terms(make_sku(5_000, "视频会员", on_sale=False), kind="code", **more)
    item_id = create_item(ExchangeItemInput().load(body))
    if codes:
        add_codes(item_id, *codes)
    return item_id


def add_codes(item_id: int, *codes: str) -> int | None:
    """Import codes: the batch."""
    name = f"批次{next(_numbers)}"
    return import_codes(item_id, name, rows_of_list(list(codes), None)).batch_id


def make_coupon_item(units: int = 5, *, template: int | None = None, **more: Any) -> int:
    """An item that gives a coupon: its id."""
    rule = make_rule(template or make_template(way="reward"))
    sku_id = make_sku(2_000, "满减券", on_sale=False)
    body = terms(sku_id, kind="reward", reward_rule_id=str(rule), **more)
    item_id = create_item(ExchangeItemInput().load(body))
    set_stock(item_id, units)
    return item_id


def make_rich_buyer(points: int = 1_000) -> Buyer:
    """A shopper with an address and points."""
    buyer = make_buyer()
    if points:
        give(buyer.user_id, points)
    return buyer


def exchanged(buyer: Buyer, item_id: int, units: int = 1) -> Exchanged:
    """Exchange at what the quote says."""
    wanted = Wanted(item_id, units, buyer.address_id)
    quote = quote_exchange(buyer.user_id, wanted)
    return exchange(
        buyer.user_id,
        wanted,
        expected_points=quote.points,
        expected_payable_fen=quote.quote.payable_fen,
    )


def deliver(order_no: str) -> None:
    """The job that gives a reward or a code."""
    deliver_exchange(order_no=order_no)


def item_of(item_id: int) -> ExchangeItem:
    """An item's row, read afresh."""
    with transaction() as session:
        session.expire_all()
        return session.scalars(select(ExchangeItem).where(ExchangeItem.id == item_id)).one()


def stock_of(item_id: int) -> tuple[int, int]:
    """(left, sold) of an item."""
    item = item_of(item_id)
    return item.stock - item.sold, item.sold


def exchange_of(order_no: str) -> ExchangeOrder:
    """An exchange's row, read afresh."""
    with transaction() as session:
        session.expire_all()
        order_id = session.scalar(
            text("SELECT id FROM orders WHERE order_no = :no"), {"no": order_no}
        )
        return session.scalars(
            select(ExchangeOrder).where(ExchangeOrder.order_id == order_id)
        ).one()


def code_statuses(item_id: int) -> list[str]:
    """The states of an item's codes, in the order of their import."""
    db.session.rollback()
    query = select(ExchangeCode.status).where(ExchangeCode.item_id == item_id)
    found = list(db.session.scalars(query.order_by(ExchangeCode.id)))
    db.session.rollback()
    return found


def sweep(name: str) -> None:
    """A sweep's work, here and now."""
    JOBS[name]()
