"""The story of points by HTTP: earned, frozen, settled, spent, partly refunded, owed, paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mall.aftersales.jobs import settle_orders
from mall.points.checkout.settings import CAP_BP
from tests.support.http import Http
from tests.support.payments import assert_money_is_right
from tests.support.points_shop import PointsShop
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[PointsShop]:
    shop = PointsShop(app, simulator, work)
    set_setting(CAP_BP, 5_000)
    yield shop
    assert_money_is_right(shop)


def balance(shop: PointsShop) -> tuple[int, int, int, int]:
    shown = shop.shopper.get("/api/v1/points").get_json()
    return shown["available"], shown["frozen"], shown["held"], shown["debt"]


def statement(shop: PointsShop) -> list[tuple[str, int, int, int, int]]:
    """All entries, the oldest first: kind, available, frozen, held, debt."""
    rows: list[dict[str, Any]] = shop.shopper.get("/api/v1/points/entries").get_json()["items"]
    names = ("available", "frozen", "held", "debt")
    return [(row["kind"], *(row[name] for name in names)) for row in reversed(rows)]  # type: ignore[misc]


def settled(shop: PointsShop, order_no: str) -> None:
    shop.completed(order_no)
    shop.days_pass(30)
    settle_orders()
    shop.work()


def test_earned_spent_refunded_owed_and_paid(shop: PointsShop) -> None:
    owner = Http(shop.app).as_(make_staff("points:approve"))
    plan = {"name": "消费得积分", "default_rate": 1_000, "replaces": 0}
    assert owner.post(f"{ADMIN}/points-earning-plans", plan).status_code == 201

    # 123.40 yuan earn 1,234 points, which wait for the end of the returns.
    first = shop.bought(10)
    shop.work()
    assert balance(shop) == (0, 1_234, 0, 0)
    settled(shop, first)
    assert balance(shop) == (1_234, 0, 0, 0)

    # They pay half of two more units; the other half earns again.
    shown = shop.quote("most")
    (offered,) = [one for one in shown["offers"] if one["participant"] == "points"]
    assert (offered["amount_fen"], offered["choice"]) == (1_234, "1234")
    second = shop.ordered("most")
    assert balance(shop) == (0, 0, 1_234, 0)
    shop.pay(second)
    shop.work()
    assert balance(shop) == (0, 123, 0, 0)
    paid = shop.detail(second)
    assert paid["paid_fen"] - paid["freight_fen"] == 1_234

    # Goodwill: four units of the first order go back, whose points are spent.
    line = shop.detail(first)["lines"][0]["id"]
    asked = {"lines": [{"line_id": line, "quantity": 4}]}
    looked = shop.staff.post(f"{ADMIN}/orders/{first}/refund-previews", asked).get_json()
    assert looked["amount_fen"] == 4 * 1_234
    assert [one["text"] for one in looked["extras"]] == ["494 积分"]
    shop.refunded(first, 4)
    shop.work()
    assert balance(shop) == (0, 123, 0, 494)

    # One unit of the second comes back: half its cash, half its points, which pay the debt.
    number = shop.applied(second, 1)
    shown = shop.after_sale(number)
    assert shown["goods_fen"] == 617
    assert [(one["label"], one["quantity"]) for one in shown["extras"]] == [
        ("退回积分", 617),
        ("收回所得积分", -62),
    ]
    shop.pressed(shop.clerk, number, "approval", {})
    shop.money_goes()
    assert balance(shop) == (123, 61, 0, 0)

    # What the kept unit earned is free with the order's end.
    settled(shop, second)
    assert balance(shop) == (184, 0, 0, 0)
    assert statement(shop) == [
        ("earn", 0, 1_234, 0, 0),
        ("thaw", 1_234, -1_234, 0, 0),
        ("hold", -1_234, 0, 1_234, 0),
        ("settle", 0, 0, -1_234, 0),
        ("earn", 0, 123, 0, 0),
        ("reverse", 0, 0, 0, 494),
        ("return", 617, 0, 0, 0),
        ("repay", -494, 0, 0, -494),
        ("reverse", 0, -62, 0, 0),
        ("thaw", 61, -61, 0, 0),
    ]
