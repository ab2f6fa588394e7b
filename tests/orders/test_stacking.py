"""What stacks with what over HTTP: preview, placing and the stored order say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.orders.models import Order, OrderAdjustment
from mall.orders.participants import PARTICIPANTS, OrderParticipant, PlacingContext
from mall.pricing.quote import PriceRule
from mall.shipping.settings import FREE_FREIGHT_FROM_FEN, FREIGHT_FEN
from tests.support import stacking as table
from tests.support.coupons import make_coupon
from tests.support.features import installed
from tests.support.flash_orders import attempt, open_sale, tickets, work_through
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, make_buyer, make_goods
from tests.support.points import give
from tests.support.points_shop import open_checkout
from tests.support.promotions import make_gift, make_promotion
from tests.support.settings import set_setting
from tests.support.stacking import CELLS, Cell, group_price, member_price

GOODS_LANES = ("ACTIVITY", "PROMOTION", "COUPON", "POINTS")


class Toys(OrderParticipant):
    """Brings what features will: two activity prices."""

    name = "test.toys"

    def __init__(self) -> None:
        self.parts: tuple[str, ...] = ()

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        sku_id = context.lines[0].sku_id
        rules: dict[str, PriceRule] = {
            "member": member_price(sku_id),
            "group": group_price(sku_id),
        }
        return [rule for part, rule in rules.items() if part in self.parts]


@pytest.fixture
def toys(app: Flask) -> Iterator[Toys]:
    set_setting(FREIGHT_FEN, 0)
    set_setting(FREE_FREIGHT_FROM_FEN, 10**8)
    one = Toys()
    with installed(lambda mall: mall.add(PARTICIPANTS, one)):
        yield one


def prepare(parts: tuple[str, ...], toys: Toys, buyer: Buyer, sku_id: int) -> None:
    """Let these parts be in force for the shopper and the goods."""
    toys.parts = parts
    steps = {"promotion": table.PROMOTION_STEPS, "better": table.BETTER_STEPS}
    gifts = {"gift": table.GIFT_FEN, "better_gift": table.BETTER_GIFT_FEN}
    for part in parts:
        if part in steps:
            rule = [{"from_fen": at, "off_fen": off} for at, off in steps[part]]
            make_promotion({"amount_off": {"steps": rule}})
        elif part in gifts:
            make_gift(make_goods(10, gifts[part]), sku_id)
        elif part == "coupon":
            more = {"amount_fen": table.COUPON_FEN, "threshold_fen": table.COUPON_FROM_FEN}
            make_coupon(buyer.user_id, **more)
        elif part == "better_coupon":
            make_coupon(buyer.user_id, amount_fen=table.BETTER_COUPON_FEN, threshold_fen=0)
        elif part == "points":
            open_checkout()
            give(buyer.user_id, table.POINTS_FEN)
        elif part == "voucher":
            voucher = {"kind": "freight", "cap_fen": table.VOUCHER_FEN, "threshold_fen": 0}
            make_coupon(buyer.user_id, amount_fen=None, **voucher)
        elif part == "carriage":
            set_setting(FREIGHT_FEN, table.FREIGHT_FEN)
        elif part == "free":
            make_promotion({"free_freight": {"from_fen": table.FREE_FROM_FEN}})


def goods_adjustments(shown: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    rows = [(a["lane"], a["amount_fen"]) for a in shown["adjustments"]]
    return tuple(row for row in rows if row[0] in GOODS_LANES)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_cell_of_the_table(toys: Toys, http: Http, cell: Cell) -> None:
    buyer, sku_id = make_buyer(), make_goods(10, table.UNIT_FEN)
    prepare(cell.parts, toys, buyer, sku_id)
    me = http.as_(buyer.token)
    body = {
        "lines": [{"sku_id": str(sku_id), "quantity": table.UNITS}],
        "address_id": str(buyer.address_id),
        "choices": {"coupons": "best", "points": "most"},
    }
    shown = me.post("/api/v1/quotes", body).get_json()
    assert (goods_adjustments(shown), shown["freight_fen"]) == (cell.taken, cell.freight_fen)
    placed = me.post("/api/v1/orders", {**body, "expected_payable_fen": shown["payable_fen"]})
    assert placed.status_code == 201, placed.get_json()
    kept = me.get(f"/api/v1/orders/{placed.get_json()['order_no']}").get_json()
    said = [(a["lane"], a["label"], a["amount_fen"]) for a in shown["adjustments"]]
    assert [(a["lane"], a["label"], a["amount_fen"]) for a in kept["adjustments"]] == said
    assert kept["payable_fen"] == shown["payable_fen"]
    assert [x["payable_fen"] for x in kept["lines"]] == [x["payable_fen"] for x in shown["lines"]]


def test_the_price_that_lost_is_told_under_its_line(toys: Toys, http: Http) -> None:
    buyer, sku_id = make_buyer(), make_goods(10, table.UNIT_FEN)
    toys.parts = ("member", "group")
    body = {"lines": [{"sku_id": str(sku_id), "quantity": 1}]}
    shown = http.as_(buyer.token).post("/api/v1/quotes", body).get_json()
    said = "已享拼团价，会员价不叠加"
    assert shown["payable_fen"] == table.GROUP_FEN
    assert [(a["label"], a["note"]) for a in shown["adjustments"]] == [("拼团价", said)]
    assert [line["price_note"] for line in shown["lines"]] == [said]


def test_a_flash_order_stacks_with_nothing_but_freight(toys: Toys, http: Http) -> None:
    sale, buyer = open_sale(price_fen=900), make_buyer()
    every = {part for cell in CELLS for part in cell.parts}
    prepare(tuple(sorted(every)), toys, buyer, sale.sku_id)
    make_promotion({"percent": {"pay_bp": 5_000}})
    ticket = attempt(sale.where, buyer)
    work_through()
    _, order_no = tickets(sale.item_id)[ticket]
    with transaction() as session:
        rows = session.execute(
            select(OrderAdjustment.lane, OrderAdjustment.label, OrderAdjustment.amount_fen)
            .join(Order, Order.id == OrderAdjustment.order_id)
            .where(Order.order_no == order_no)
            .order_by(OrderAdjustment.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("ACTIVITY", "秒杀优惠", -100),
        ("FREIGHT", "运费（满 1000000.00 元包邮）", table.FREIGHT_FEN),
    ]
    check_invariants()
