"""Points earned by orders: the plan, the grant, what refunds take back, what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import text

from mall.aftersales.jobs import settle_orders
from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db, transaction
from mall.points.earning.demo import load_demo_plan
from mall.points.earning.keeping import keep
from mall.points.settings import PER_YUAN
from tests.support.catalog import make_category, make_sku
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.inventory import stock
from tests.support.kinds import EXCHANGE, SERVICE, place, toys
from tests.support.orders import make_buyer, make_goods, pay
from tests.support.payments import assert_money_is_right
from tests.support.points import figures
from tests.support.points_shop import PointsShop, make_earning_plan
from tests.support.promotions import make_gift
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff

PLANS = "/admin/api/v1/points-earning-plans"
UNIT_FEN = 1_234


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[PointsShop]:
    shop = PointsShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


@pytest.fixture
def clerk(http: Http) -> Http:
    return http.as_(make_staff("points:read", "points:approve"))


def plan(**changes: Any) -> dict[str, Any]:
    return {"name": "消费得积分", "default_rate": 1_000, "replaces": 0, **changes}


def earning(shown: dict[str, Any]) -> list[tuple[str, int]]:
    own = (one for one in shown["extras"] if one["participant"] == "points_earning")
    return [(one["label"], one["quantity"]) for one in own]


def test_versions_of_the_plan(clerk: Http, http: Http) -> None:
    sku_id = make_goods()
    made = clerk.post(PLANS, plan(skus=[{"sku_id": str(sku_id), "rate": 0}]))
    assert made.status_code == 201, made.get_json()
    assert made.get_json()["skus"] == [{"sku_id": str(sku_id), "rate": 0}]
    assert error_code(clerk.post(PLANS, plan())) == "points_earning_plan_changed"
    day = {"name": "双倍", "first_day": "2026-12-12", "last_day": "2026-12-12"}
    days = [{**day, "multiple_bp": 20_000}]
    again = clerk.post(PLANS, plan(days=days, default_rate=10, replaces=1))
    assert (again.status_code, again.get_json()["days"]) == (201, days)
    shown = clerk.get(PLANS).get_json()["items"]
    assert [one["version"] for one in shown] == [2, 1]
    assert clerk.get(f"{PLANS}/1").get_json()["default_rate"] == 1_000
    assert error_code(clerk.get(f"{PLANS}/3")) == "points_earning_plan_not_found"
    reader = http.as_(make_staff("points:read"))
    assert reader.post(PLANS, plan(replaces=2)).status_code == 403


DAY = {"name": "双倍", "first_day": "2026-12-10", "last_day": "2026-12-12", "multiple_bp": 20_000}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"default_rate": 10_000}, "campaign_refused"),
        ({"default_rate": 5_000, "days": [DAY]}, "campaign_refused"),
        ({"default_rate": 5_000}, "campaign_warned"),
        ({"skus": [{"sku_id": "987654321", "rate": 1}]}, "goods_unknown"),
        ({"categories": [{"category_id": "987654321", "rate": 1}]}, "goods_unknown"),
        ({"days": [DAY, {**DAY, "first_day": "2026-12-12"}]}, "validation_failed"),
        ({"days": [{**DAY, "last_day": "2026-12-09"}]}, "validation_failed"),
        ({"days": [{**DAY, "multiple_bp": 10_000}]}, "validation_failed"),
        ({"default_rate": -1}, "validation_failed"),
        ({"default_rate": 1.5}, "validation_failed"),
    ],
)
def test_plans_that_are_refused(clerk: Http, changes: dict[str, Any], code: str) -> None:
    refused = clerk.post(PLANS, plan(**changes))
    assert error_code(refused) == code
    assert clerk.get(PLANS).get_json()["items"] == []


def test_a_warning_can_be_accepted(clerk: Http) -> None:
    made = clerk.post(PLANS, plan(default_rate=5_000, accept_warnings=True))
    assert made.status_code == 201


def test_shown_in_the_quote_and_with_the_order(shop: PointsShop) -> None:
    assert earning(shop.quote("none")) == []
    make_earning_plan(default_rate=1_000)
    assert earning(shop.quote("none")) == [("预计可得积分", 246)]
    order_no = shop.order()
    assert earning(shop.detail(order_no)) == [("预计可得积分", 246)]
    shop.pay(order_no)
    assert earning(shop.detail(order_no)) == [("预计可得积分", 246)]
    shop.work()
    assert earning(shop.detail(order_no)) == [("待到账积分", 246)]
    assert shop.points == (0, 246, 0, 0)
    line = shop.detail(order_no)["lines"][0]["id"]
    body = {"kind": "refund_only", "lines": [{"line_id": line, "quantity": 1}]}
    asked = shop.shopper.post(f"/api/v1/orders/{order_no}/after-sale-previews", body).get_json()
    assert earning(asked) == [("收回所得积分", -123)]


def test_only_cash_for_goods_earns(shop: PointsShop) -> None:
    """Neither freight nor points nor gifts."""
    make_earning_plan(default_rate=1_000)
    make_gift(make_goods(10, 500), shop.sku_id)
    shop.give(1_000)
    shown = shop.quote(1_000)
    assert earning(shown) == [("预计可得积分", (2 * UNIT_FEN - 1_000) // 10)]
    order_no = shop.bought_with(1_000)
    assert [line["is_gift"] for line in shop.detail(order_no)["lines"]] == [False, True]
    shop.work()
    assert shop.points == (0, 146, 0, 0)


def test_rates_by_sku_category_and_day(shop: PointsShop) -> None:
    above = make_category("床品")
    other = stock(make_sku(price_fen=1_000, category_id=make_category("枕头", above)), 5)
    today = shop_day(utc_now())
    day = {"name": "双倍日", "first_day": today, "last_day": today, "multiple_bp": 15_000}
    make_earning_plan(
        default_rate=1_000, categories={above: 2_000}, skus={shop.sku_id: 0}, days=[day]
    )
    assert earning(shop.quote("none", 1)) == []
    assert earning(shop.quote("none", 1, **{str(other): 2})) == [("预计可得积分", 600)]
    shop.bought(1, **{str(other): 2})
    shop.work()
    assert shop.points == (0, 600, 0, 0)


def test_what_was_earned_is_taken_back_by_the_rates_of_then(shop: PointsShop) -> None:
    make_earning_plan(default_rate=1_000)
    order_no = shop.bought(3)
    shop.work()
    assert shop.points == (0, 370, 0, 0)
    make_earning_plan(default_rate=7, replaces=1)
    shop.refunded(order_no, 1)
    shop.work()
    assert shop.points == (0, 246, 0, 0)
    shop.let_time_pass(2)
    shop.refunded(order_no, 2, freight_fen=shop.detail(order_no)["freight_fen"])
    shop.work()
    assert (shop.status(order_no), shop.points) == ("closed", (0, 0, 0, 0))


def test_the_refund_is_heard_before_the_payment(shop: PointsShop) -> None:
    """Facts come in any order: all are worked off after the refund here."""
    make_earning_plan(default_rate=1_000)
    order_no = shop.bought(2)
    shop.refunded(order_no, 1)
    shop.work()
    assert shop.points == (0, 123, 0, 0)
    with transaction() as session:
        keep(session, order_no)
        keep(session, order_no)
        keep(session, "1" * 20)
    assert shop.points == (0, 123, 0, 0)


def test_a_refund_of_what_earned_less_than_a_point(shop: PointsShop) -> None:
    make_earning_plan(default_rate=1)
    order_no = shop.bought(2)
    shop.refunded(order_no, 1)
    shop.work()
    with transaction() as session:
        session.execute(text("UPDATE refunds SET succeeded_at = succeeded_at - interval '2 hours'"))
        assert session.scalar(text("SELECT back_fen FROM points_earned_lines")) == UNIT_FEN
    assert shop.points == (0, 0, 0, 0)
    assert not rows_of("I1e")


def settled(shop: PointsShop, order_no: str) -> None:
    """Sent, received, the time for returns is over, and everybody heard of it."""
    shop.completed(order_no)
    shop.days_pass(30)
    settle_orders()
    shop.work()
    assert shop.detail(order_no)["settled_at"] is not None


def test_free_when_settled_with_its_validity_from_then(shop: PointsShop) -> None:
    make_earning_plan(default_rate=1_000)
    order_no = shop.bought(2)
    settled(shop, order_no)
    assert shop.points == (246, 0, 0, 0)
    assert earning(shop.detail(order_no)) == [("已得积分", 246)]
    expires_at = db.session.scalar(text("SELECT expires_at FROM points_lots"))
    assert expires_at - utc_now() > timedelta(days=364)
    db.session.rollback()
    shop.refunded(order_no, 1)  # goodwill
    shop.work()
    assert shop.points == (123, 0, 0, 0)


def test_kinds_that_dont_earn(app: Flask, http: Http) -> None:
    make_earning_plan(default_rate=1_000)
    buyer, sku_id = make_buyer(), make_goods(5, 1_000)
    with toys():
        for kind, points in ((EXCHANGE, 0), (SERVICE, 100)):
            order_no = place(buyer, {sku_id: 1}, kind).order_no
            pay(order_no)
            path = f"/api/v1/orders/{order_no}"
            shown = earning(http.as_(buyer.token).get(path).get_json())
            assert shown == ([("预计可得积分", points)] if points else [])
            with transaction() as session:
                keep(session, order_no)
            assert figures(buyer.user_id) == (0, points, 0, 0)


def test_paid_before_there_was_a_plan(shop: PointsShop) -> None:
    order_no = shop.bought(1)
    with transaction() as session:
        session.execute(text("UPDATE orders SET paid_at = paid_at - interval '1 minute'"))
    make_earning_plan(default_rate=1_000)
    with transaction() as session:
        keep(session, order_no)
    assert shop.points == (0, 0, 0, 0)


def test_nothing_for_a_closed_account(shop: PointsShop) -> None:
    make_earning_plan(default_rate=1_000)
    order_no = shop.bought(1)
    shop.completed(order_no)
    assert shop.shopper.post("/api/v1/me/closure", {"confirm": True}).status_code == 204
    shop.work()
    assert figures(shop.user_id) == (0, 0, 0, 0)


def test_a_lower_worth_of_money_lowers_what_is_earned(shop: PointsShop) -> None:
    """Points never come to be worth what earned them, though the plan was made before."""
    make_earning_plan(default_rate=1_000)
    set_setting(PER_YUAN, 5)
    assert earning(shop.quote("none", 1)) == [("预计可得积分", 61)]


def test_the_demo_shop_has_a_plan(app: Flask) -> None:
    for _ in range(2):
        load_demo_plan(Console(quiet=True))
    assert db.session.scalar(text("SELECT count(*) FROM points_earning_plans")) == 1
