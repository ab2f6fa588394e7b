"""What a unit cost the shop when it was sold: on the order's lines, for some staff alone."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Flask
from sqlalchemy import update

from mall.catalog.models import Sku
from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from mall.orders.paying import place_again
from tests.support.flash_orders import attempt, open_sale, tickets, work_through
from tests.support.http import Http
from tests.support.orders import buy, lines_of, make_buyer, make_goods
from tests.support.promotions import make_gift
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1/orders"


def set_cost(sku_id: int, cost_fen: int | None) -> None:
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_id).values(cost_fen=cost_fen))


def exported(staff: Http, order_no: str) -> list[dict[str, Any]]:
    body = staff.get(f"{ADMIN}/export", order_no=order_no).get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))


def test_an_order_keeps_the_costs_of_its_day(app: Flask, http: Http) -> None:
    buyer, sku, given, unknown = make_buyer(), make_goods(), make_goods(), make_goods()
    set_cost(sku, 640)
    set_cost(given, 0)
    make_gift(given, sku)
    order_no = buy(buyer, {sku: 2, unknown: 1})
    set_cost(sku, 999)
    assert [line.cost_fen for line in lines_of(order_no)] == [640, None, 0]
    manager = http.as_(make_staff("order:read", "order:export", "catalog:cost"))
    shown = manager.get(f"{ADMIN}/{order_no}").get_json()
    assert [line["cost_fen"] for line in shown["lines"]] == [640, None, 0]
    assert [row["成本单价"] for row in exported(manager, order_no)] == ["6.40", "", "0.00"]


def test_without_the_permission_an_order_has_no_costs(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods()
    set_cost(sku, 640)
    order_no = buy(buyer, {sku: 1})
    clerk = http.as_(make_staff("order:read", "order:export"))
    (line,) = clerk.get(f"{ADMIN}/{order_no}").get_json()["lines"]
    assert "cost_fen" not in line
    (row,) = exported(clerk, order_no)
    assert "成本单价" not in row
    assert "6.40" not in row.values()


def test_a_flash_order_has_its_cost_too(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    set_cost(sale.sku_id, 55)
    ticket = attempt(sale.where, buyer)
    work_through()
    _, order_no = tickets(sale.item_id)[ticket]
    assert order_no is not None
    assert [line.cost_fen for line in lines_of(order_no)] == [55]


def test_the_order_that_stands_for_a_closed_one_keeps_its_costs(app: Flask) -> None:
    buyer, sku = make_buyer(), make_goods()
    set_cost(sku, 640)
    order_no = buy(buyer, {sku: 1})
    set_cost(sku, 999)
    with transaction() as session:
        assert close_unpaid(session, order_no, "shopper")
    with transaction() as session:
        again = place_again(session, order_no)
        assert again is not None
        again_no = again.order_no
    assert [line.cost_fen for line in lines_of(again_no)] == [640]
