"""A feature of one folder joins the mall: every part that a feature can declare is used,
without any change under `mall/`. docs/adding-a-feature.md walks through the same feature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from redis import Redis
from sqlalchemy import text

from mall.aftersales.settling import settle_due
from mall.application import create_app
from mall.cli import build_cli
from mall.config import Config
from mall.kernel.db import db, transaction
from mall.kernel.jobs import JOBS, defer, run_pending
from mall.orders.closing import close_unpaid
from mall.orders.fulfilling import confirm_receipt
from mall.orders.refunding import reserve_refund, settle_refund
from mall.users.closing import close_account
from mall.wiring import FEATURES
from tests.conftest import EMPTY_ALL
from tests.features.birthdays import feature as birthdays
from tests.features.birthdays.models import ToyBase
from tests.features.birthdays.queries import today
from tests.features.birthdays.settings import TREAT_RULE
from tests.support.board import bought, mission, missions_hold, stands
from tests.support.board import refund as refund_units
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import (
    Buyer,
    buy,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
    ship,
)
from tests.support.races import together
from tests.support.rewards import holding, treat_rule, used_of
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, without_quiet_hours
from tests.support.staff import make_staff
from tests.support.wechat import control

TEMPLATE = "tpl-birthday-0000000000000000000000000001"


@pytest.fixture(scope="module")
def toy_app(config: Config, migrated_app: Flask) -> Flask:
    """A mall that has the toy, too; the mall of the other tests doesn't know of it."""
    assert "birthdays" not in migrated_app.blueprints
    return create_app(config, features=(*FEATURES, birthdays))


@pytest.fixture
def app(toy_app: Flask, redis: Redis) -> Iterator[Flask]:
    with toy_app.app_context():
        db.session.execute(text(EMPTY_ALL))
        db.session.commit()
        ToyBase.metadata.create_all(db.engine)
        yield toy_app
        db.session.rollback()
        db.session.remove()
        ToyBase.metadata.drop_all(db.engine)


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    """A shopper whose birthday is today."""
    buyer = make_buyer()
    me = Http(app).as_(buyer.token)
    assert me.put("/api/v1/birthday", {"month_day": month_day()}).status_code == 204
    return buyer


def month_day() -> str:
    return f"{today(db.session()):%m-%d}"


def work(app: Flask) -> None:
    db.session.remove()
    run_pending(app)


def quoted(app: Flask, buyer: Buyer, sku: int) -> dict[str, Any]:
    body = {"lines": [{"sku_id": str(sku), "quantity": 1}], "address_id": str(buyer.address_id)}
    answer: dict[str, Any] = Http(app).as_(buyer.token).post("/api/v1/quotes", body).get_json()
    return answer


def discounts() -> list[tuple[int, bool]]:
    db.session.rollback()
    rows = db.session.execute(text("SELECT user_id, paid FROM birthday_discounts"))
    return [(row.user_id, row.paid) for row in rows]


def test_its_routes_keep_the_rules_of_all_routes(app: Flask, buyer: Buyer) -> None:
    http = Http(app)
    assert http.get("/api/v1/birthday").status_code == 401
    me = http.as_(buyer.token)
    assert me.get("/api/v1/birthday").get_json() == {"month_day": month_day()}
    wrong = me.put("/api/v1/birthday", {"month_day": "13-01"})
    assert (wrong.status_code, error_code(wrong)) == (422, "validation_failed")
    shown = http.get("/docs/openapi.json").get_json()["paths"]
    assert {"/api/v1/birthday", "/admin/api/v1/birthdays"} <= shown.keys()


def test_its_permission_is_granted_and_asked(app: Flask, buyer: Buyer) -> None:
    http, path = Http(app), "/admin/api/v1/birthdays"
    clerk = http.as_(make_staff("order:read"))
    assert error_code(clerk.get(path, month_day=month_day())) == "not_permitted"
    allowed = http.as_(make_staff("birthday:read"))
    items = allowed.get(path, month_day=month_day()).get_json()["items"]
    assert items == [{"user_id": str(buyer.user_id), "month_day": month_day()}]
    listed = http.as_(make_staff("staff:read")).get("/admin/api/v1/permissions").get_json()
    assert {"name": "birthday:read", "description": "查看用户生日"} in listed["items"]


def test_its_price_rule_and_its_hooks_join_the_order(app: Flask, buyer: Buyer) -> None:
    sku = make_goods(10, 2_000)
    quote = quoted(app, buyer, sku)
    assert (quote["goods_fen"], quote["discount_fen"]) == (2_000, 500)
    assert quote["adjustments"][0]["label"] == "生日优惠"
    order_no = buy(buyer, {sku: 1})
    assert quoted(app, buyer, sku)["discount_fen"] == 0, "once a year"
    with transaction() as session:
        close_unpaid(session, order_no, "shopper")
    assert quoted(app, buyer, sku)["discount_fen"] == 500, "a closed order gives it back"
    assert buy(make_buyer(), {sku: 1}), "nobody else's birthday"
    check_invariants()


def test_its_limit_is_exact(app: Flask, buyer: Buyer) -> None:
    sku = make_goods(10, 2_000)
    outcomes = together(app, [lambda: buy(buyer, {sku: 1}) for _ in range(4)])
    placed = [order_of(one).discount_fen for one in outcomes if isinstance(one, str)]
    assert placed.count(500) == 1
    assert len(discounts()) == 1
    check_invariants()


def test_its_setting_is_changed_by_staff(app: Flask, buyer: Buyer) -> None:
    sku, staff = make_goods(10, 2_000), Http(app).as_(make_staff("settings:read", "settings:write"))
    listed = staff.get("/admin/api/v1/settings").get_json()["items"]
    (shown,) = [one for one in listed if one["name"] == "birthdays.off_fen"]
    assert (shown["value"], shown["label"]) == (500, "生日优惠金额")
    path = "/admin/api/v1/settings/birthdays.off_fen"
    assert staff.put(path, {"value": 700, "version": shown["version"]}).status_code == 200
    assert quoted(app, buyer, sku)["discount_fen"] == 700


def test_its_handler_acts_on_an_event_once(app: Flask, buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(10, 2_000): 1})
    assert discounts() == [(buyer.user_id, False)]
    pay(order_no)
    work(app)
    assert discounts() == [(buyer.user_id, True)]
    delivered = db.session.scalars(text("SELECT handler FROM event_deliveries")).all()
    assert "birthdays.mark_discount" in delivered


def test_its_job_sends_its_kind_of_message(app: Flask, buyer: Buyer, simulator: LiveServer) -> None:
    me = Http(app).as_(buyer.token)
    staff = Http(app).as_(make_staff("settings:read", "settings:write"))
    value = {"template_id": TEMPLATE, "fields": {"note": "thing1"}, "page": "pages/birthday"}
    path = "/admin/api/v1/settings/birthdays.greeting_template"
    assert staff.put(path, {"value": value, "version": 0}).status_code == 200
    assert me.post("/api/v1/subscriptions", {"results": {TEMPLATE: "accept"}}).status_code == 200
    openid = db.session.scalar(
        text("SELECT openid FROM users WHERE id = :id"), {"id": buyer.user_id}
    )
    control(simulator, "/grants", openid=openid, template_id=TEMPLATE, count=1)
    without_quiet_hours()
    assert JOBS["birthdays.greet"].cron == "0 1 * * *"
    for _ in range(2):
        with transaction() as session:
            defer(session, "birthdays.greet")
        work(app)
    sent = db.session.execute(text("SELECT kind, status FROM messages")).all()
    assert [tuple(row) for row in sent] == [("birthday_greeting", "sent")]


def refund(app: Flask, order_no: str, goods_fen: int, freight_fen: int = 0) -> None:
    line = lines_of(order_no)[0]
    parts = [(line.id, 0, goods_fen)]
    in_all = [(line.id, 0, line.refunded_fen + line.rebated_fen + goods_fen)]
    with transaction() as session:
        reserve_refund(session, order_no, parts, freight_fen, "tests")
        settle_refund(session, order_no, parts, freight_fen, in_all=in_all)
    work(app)


def test_its_rewards_wait_for_the_order_and_come_back_with_it(app: Flask, buyer: Buyer) -> None:
    rule_id = treat_rule(1, budget=1_000, budget_unit="fen")
    set_setting(TREAT_RULE, rule_id)
    order_no = buy(buyer, {make_goods(10, 2_500): 1})  # less 5.00, and 10.00 of freight
    pay(order_no)
    work(app)
    assert (holding(buyer.user_id), used_of(rule_id)) == ((0, 0), 600), "promised"
    refund(app, order_no, 1_000)
    assert used_of(rule_id) == 400
    ship(order_no, {lines_of(order_no)[0].id: 1})
    confirm_receipt(buyer.user_id, order_no)
    work(app)
    assert holding(buyer.user_id) == (0, 0), "it may still come back"
    with transaction() as session:
        session.execute(text("UPDATE orders SET completed_at = now() - interval '99 days'"))
    assert settle_due() == 1
    work(app)
    assert holding(buyer.user_id) == (20, 0), "given, less the third that was refunded"
    with transaction() as session:
        session.execute(text("UPDATE birthday_treats SET held = held - 15"))
    refund(app, order_no, 1_000, 1_000)
    assert holding(buyer.user_id) == (0, 15), "eaten ones are owed"
    assert used_of(rule_id) == 300
    assert [rows_of(code) for code in ("I9a", "I9b", "I9d", "I9e")] == [[]] * 4


def test_missions_count_what_its_trigger_tells(app: Flask, buyer: Buyer) -> None:
    rule_id = treat_rule(3)
    year = today(db.session()).year
    wanted = mission(
        trigger="birthday_order",
        period="once",
        at_once=True,
        filters={"year": year, "at_least_fen": 1_500},
        rule_ids=[str(rule_id)],
    )
    sku = make_goods(10, 2_000)
    order_no = bought(app, buyer, {sku: 1})
    bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, wanted) == (1, "promised"), "the second has no discount"
    refund_units(app, order_no, 1)
    assert stands(buyer.user_id, wanted) == (0, "open")
    assert holding(buyer.user_id) == (0, 0)
    missions_hold()


def test_its_invariant_is_asked(app: Flask, buyer: Buyer) -> None:
    buy(buyer, {make_goods(10, 2_000): 1})
    assert rows_of("B1") == []
    db.session.execute(text("DELETE FROM order_adjustments WHERE source = 'birthday'"))
    db.session.commit()
    (broken,) = rows_of("B1")
    assert broken["user_id"] == buyer.user_id


def test_its_command_is_one_of_the_mall(app: Flask, buyer: Buyer) -> None:
    cli = build_cli((*FEATURES, birthdays))
    told = CliRunner().invoke(cli, ["birthdays"], obj=lambda: app)
    assert (told.exit_code, told.output) == (0, "1 shopper(s) today\n")
    assert "birthdays" in CliRunner().invoke(cli, ["--help"]).output


def test_two_features_cant_have_one_name(config: Config) -> None:
    with pytest.raises(RuntimeError, match="two features declare"):
        create_app(config, features=(*FEATURES, birthdays, birthdays))


def test_who_closes_the_account_has_no_birthday(app: Flask, buyer: Buyer) -> None:
    close_account(buyer.user_id)
    run_pending(app)
    assert db.session.scalar(text("SELECT count(*) FROM birthdays")) == 0
    check_invariants()
