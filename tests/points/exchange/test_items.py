"""Items of the points mall: what staff save, and when whom it is offered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import SHOP_ZONE, utc_now
from mall.kernel.db import transaction
from mall.points.exchange.attention import LOW_STOCK
from mall.points.exchange.errors import (
    ExchangeItemNotFound,
    ExchangeLimitReached,
    ExchangeNotAllowed,
    ExchangeNotOpen,
)
from mall.points.exchange.items import jobs
from mall.points.exchange.items.terms import in_hours, period_start
from mall.rewards import commands
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.catalog import make_sku
from tests.support.exchange import (
    exchanged,
    item_of,
    make_coupon_item,
    make_item,
    make_rich_buyer,
    stock_of,
    sweep,
    terms,
)
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.orders import Buyer
from tests.support.staff import make_staff

ITEMS, MALL = "/admin/api/v1/exchange-items", "/api/v1/points-mall"
AT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""Thursday 26 November 2026, 00:00 in the shop."""


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("exchange:read", "exchange:write", "compliance:read"))


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_rich_buyer(1_000)


@pytest.mark.parametrize(
    ("period", "start"),
    [("day", "2026-11-26"), ("week", "2026-11-23"), ("month", "2026-11-01"), ("all", "1970")],
)
def test_periods_begin_with_the_shop_day(period: str, start: str) -> None:
    for now in (AT, AT + timedelta(hours=23, minutes=59)):
        begun = period_start(period, now).astimezone(SHOP_ZONE)
        assert begun.isoformat().startswith(start)
    assert period_start("day", AT - timedelta(microseconds=1)) < period_start("day", AT)


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [((600, 720), (600, 719), (599, 720)), ((1320, 120), (1320, 0, 119), (120, 1319))],
)
def test_hours_may_pass_midnight(
    hours: tuple[int, int], inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    for minutes, wanted in ((inside, True), (outside, False)):
        for minute in minutes:
            assert in_hours(*hours, AT + timedelta(minutes=minute)) is wanted, minute
    assert in_hours(None, None, AT)


def test_staff_make_change_switch_and_end_an_item(staff: Http) -> None:
    sku = stock(make_sku(5_000), 10)
    made = staff.post(ITEMS, terms(sku, name="水杯", enabled=False))
    assert made.status_code == 201, made.get_json()
    shown = made.get_json()
    assert (shown["stock"], shown["version"], shown["enabled"]) == (0, 1, False)
    path = f"{ITEMS}/{shown['id']}"
    assert staff.put(f"{path}/stock", {"stock": 4}).get_json()["left"] == 4
    assert units(sku) == Units(6, reserved=4)
    assert staff.put(f"{path}/offer", {"enabled": True}).get_json()["enabled"] is True
    limit = {"limit_units": 1, "limit_period": "day"}
    changed = staff.put(path, terms(sku, name="大水杯", points=300, **limit))
    assert (changed.get_json()["version"], changed.get_json()["prices"][0]["points"]) == (2, 300)
    other = terms(make_sku(5_000))
    assert error_code(staff.put(path, other)) == "exchange_item_fixed"
    assert staff.get(ITEMS, ended="false").get_json()["items"][0]["name"] == "大水杯"
    ended = staff.post(f"{path}/end").get_json()
    assert (ended["stock"], ended["enabled"], units(sku)) == (0, False, Units(10))
    for refused in (
        staff.put(path, terms(sku)),
        staff.put(f"{path}/stock", {"stock": 1}),
        staff.put(f"{path}/offer", {"enabled": True}),
    ):
        assert error_code(refused) == "exchange_item_ended"
    verdicts = staff.get("/admin/api/v1/compliance/verdicts", kind="exchange_item").get_json()
    assert [one["version"] for one in verdicts["items"]] == [2, 1]
    with transaction() as session:
        query = "SELECT action FROM audit_entries WHERE target_type = 'exchange_item' ORDER BY id"
        actions = session.scalars(text(query)).all()
    assert actions == [
        f"exchange_item.{verb}" for verb in ("create", "stock", "switch", "update", "end")
    ]


def test_what_staff_may_not_save(staff: Http) -> None:
    sku = make_sku(5_000)
    points = {"name": "x", "reward": [{"kind": "points", "count": 5}]}
    rule = str(commands.create_rule(**RewardRuleInSchema().load(points)).id)
    date = "2031-01-01T00:00:00Z"
    price = {"points": 5, "cash_fen": 0}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("exchange_cash_too_high", terms(sku, cash_fen=5_000)),
        ("sku_unknown", terms(999_999)),
        ("exchange_rule_unknown", terms(sku, kind="reward", reward_rule_id="999")),
        ("exchange_rule_unknown", terms(sku, kind="reward", reward_rule_id=rule)),
        ("exchange_figure_unknown", terms(sku, requires=need("level", 2), requires_text="x")),
        ("campaign_refused", terms(sku, name="国家级水杯")),
        ("validation_failed", terms(sku, kind="reward")),
        ("validation_failed", terms(sku, reward_rule_id=rule)),
        ("validation_failed", terms(sku, limit_units=1)),
        ("validation_failed", terms(sku, daily_from_min=5)),
        ("validation_failed", terms(sku, daily_from_min=5, daily_to_min=5)),
        ("validation_failed", terms(sku, starts_at=date, ends_at=date)),
        ("validation_failed", terms(sku, requires=need("paid_orders", 1))),
        ("validation_failed", terms(sku) | {"prices": [price, price]}),
        ("validation_failed", terms(sku) | {"prices": [{**price, "from_at": date}]}),
        ("validation_failed", terms(sku) | {"prices": [price, *[{**price, "from_at": date}] * 2]}),
        ("validation_failed", terms(sku, points=0)),
        ("validation_failed", terms(sku, points=-1)),
        ("validation_failed", terms(sku, points=1.5)),
    ]
    for code, body in cases:
        assert error_code(staff.post(ITEMS, body)) == code, body
    assert staff.get(ITEMS).get_json()["items"] == []


def need(figure: str, at_least: int) -> list[dict[str, Any]]:
    return [{"figure": figure, "at_least": at_least}]


def test_permissions(http: Http) -> None:
    reader = http.as_(make_staff("exchange:read", username="reader"))
    item = make_item()
    assert reader.get(f"{ITEMS}/{item}").status_code == 200
    for call in (
        reader.put(f"{ITEMS}/{item}/stock", {"stock": 1}),
        reader.post(f"{ITEMS}/{item}/end"),
        reader.post(f"{ITEMS}/{item}/codes", {"name": "x", "codes": ["x"]}),
    ):
        assert call.status_code == 403
    assert http.as_(make_staff("order:read", username="other")).get(ITEMS).status_code == 403


def test_the_price_of_now_holds(http: Http, buyer: Buyer) -> None:
    now = utc_now()
    prices = [
        {"points": 500},
        {"points": 300, "cash_fen": 100, "from_at": (now - timedelta(hours=1)).isoformat()},
        {"points": 900, "from_at": (now + timedelta(hours=1)).isoformat()},
    ]
    sku = stock(make_sku(5_000), 10)
    item = make_item(sku_id=sku, prices=prices)
    shown = http.as_(buyer.token).get(f"{MALL}/items/{item}").get_json()
    assert (shown["points"], shown["cash_fen"], shown["worth_fen"]) == (300, 100, 5_000)
    assert exchanged(buyer, item).points == 300


def refusals(http: Http, buyer: Buyer, item: int) -> list[str]:
    shown = http.as_(buyer.token).get(f"{MALL}/items/{item}").get_json()
    assert shown["can_exchange"] is not bool(shown["refusals"])
    return [one["code"] for one in shown["refusals"]]


def test_why_not(http: Http, buyer: Buyer) -> None:
    later = (utc_now() + timedelta(hours=1)).isoformat()
    minute = shop_minute()
    not_now = {"daily_from_min": (minute + 60) % 1440, "daily_to_min": (minute + 120) % 1440}
    needs = {"requires": need("paid_orders", 2), "requires_text": "下过两单可兑"}
    assert refusals(http, buyer, make_item()) == []
    for more, code, error in (
        ({"starts_at": later}, "exchange_not_open", ExchangeNotOpen),
        (not_now, "exchange_not_open", ExchangeNotOpen),
        (needs, "exchange_not_allowed", ExchangeNotAllowed),
    ):
        item = make_item(**more)
        assert refusals(http, buyer, item) == [code]
        with pytest.raises(error):
            exchanged(buyer, item)
        assert stock_of(item) == (5, 0)
    gone = make_item(0, points=2_000)
    assert refusals(http, buyer, gone) == ["exchange_sold_out", "points_short"]
    for _ in range(2):
        exchanged(buyer, make_item())
    exchanged(buyer, make_item(**needs))
    hidden = make_item(enabled=False)
    answer = http.as_(buyer.token).get(f"{MALL}/items/{hidden}")
    assert error_code(answer) == "exchange_item_not_found"


def test_an_item_whose_time_is_over_is_not_exchanged_before_the_sweep(buyer: Buyer) -> None:
    item = make_item()
    with transaction() as session:
        session.execute(text("UPDATE exchange_items SET ends_at = now()"))
    with pytest.raises(ExchangeItemNotFound):
        exchanged(buyer, item)
    assert stock_of(item) == (5, 0)


def test_no_stock_below_what_was_exchanged(staff: Http, buyer: Buyer) -> None:
    item = make_item(4)
    exchanged(buyer, item, 2)
    refused = staff.put(f"{ITEMS}/{item}/stock", {"stock": 1})
    assert (refused.status_code, error_code(refused)) == (409, "exchange_stock_too_small")
    assert stock_of(item) == (2, 2)
    assert staff.put(f"{ITEMS}/{item}/stock", {"stock": 2}).get_json()["left"] == 0


def shop_minute() -> int:
    there = utc_now().astimezone(SHOP_ZONE)
    return there.hour * 60 + there.minute


def test_a_limit_counts_units_of_the_period(http: Http, buyer: Buyer) -> None:
    item = make_item(limit_units=2, limit_period="day")
    exchanged(buyer, item, 2)
    assert refusals(http, buyer, item) == ["exchange_limit_reached"]
    with pytest.raises(ExchangeLimitReached):
        exchanged(buyer, item)
    with transaction() as session:
        session.execute(text("UPDATE exchange_orders SET created_at = now() - interval '1 day'"))
    assert refusals(http, buyer, item) == []
    exchanged(buyer, item)
    exchanged(make_rich_buyer(), item, 2)


def test_the_list_is_by_position_in_pages(http: Http, buyer: Buyer) -> None:
    ids = [make_item(position=position) for position in (3, 1, 2)]
    coupon = make_coupon_item(position=9)
    me = http.as_(buyer.token)
    first = me.get(f"{MALL}/items", limit=3).get_json()
    assert [one["id"] for one in first["items"]] == [str(ids[n]) for n in (1, 2, 0)]
    rest = me.get(f"{MALL}/items", limit=3, cursor=first["next_cursor"]).get_json()
    assert [(one["id"], one["needs_address"]) for one in rest["items"]] == [(str(coupon), False)]
    only = me.get(f"{MALL}/items", kind="reward").get_json()["items"]
    assert [one["id"] for one in only] == [str(coupon)]


def test_an_item_whose_time_is_over_gives_back_by_itself(app: Flask) -> None:
    sku = stock(make_sku(5_000), 10)
    item = make_item(4, sku_id=sku, ends_at=(utc_now() + timedelta(hours=1)).isoformat())
    sweep("exchange.end_items")
    assert item_of(item).ended_at is None
    with transaction() as session:
        session.execute(text("UPDATE exchange_items SET ends_at = now() - interval '1 second'"))
    sweep("exchange.end_items")
    assert (item_of(item).ended_at is not None, units(sku)) == (True, Units(10))


def test_little_stock_needs_somebody(app: Flask) -> None:
    item = make_item(2, low_stock=2)
    make_item(3, low_stock=2)
    make_item(0)
    low = LOW_STOCK.query
    assert low is not None
    with transaction() as session:
        assert [row.id for row in session.execute(low)] == [item]


def test_an_end_that_was_put_off_while_the_sweep_ran_holds(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = (utc_now() + timedelta(hours=1)).isoformat()
    ids = [make_item(ends_at=later), make_item()]
    monkeypatch.setattr(jobs, "due_to_end", lambda _: ids)
    sweep("exchange.end_items")
    assert [item_of(one).ended_at for one in ids] == [None, None]
