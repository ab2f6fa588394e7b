"""Channels' coupons for new shoppers, and what channels brought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.referral.channels import demo
from mall.sharing.channels.defining import put_cost
from tests.support.browsing import make_product
from tests.support.channels import MadeChannel, make_channel
from tests.support.counter import at_counter, counter_code, make_counter_clerks
from tests.support.coupons import coupon_of
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay
from tests.support.sharing import make_share, register
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
COUPON: dict[str, Any] = {"at_counter": True}


def check() -> None:
    """The promises of channels hold; the orders here have no payments of WeChat."""
    for one in ("I10a", "I10b", "I21c", "I60a", "I60b", "I61a", "I61b"):
        assert not rows_of(one), one


def claim(me: Http, channel: MadeChannel) -> Any:
    answer = me.post(f"/api/v1/shares/{channel.token}/coupon")
    shown = answer.get_json()
    return int(shown["id"]) if answer.status_code == 200 else error_code(answer)


def offer(me: Http, channel: MadeChannel) -> dict[str, Any]:
    shown: dict[str, Any] = me.get(f"/api/v1/shares/{channel.token}/coupon").get_json()
    return shown


def bought(buyer: Buyer) -> str:
    order_no = buy(buyer, {make_goods(price_fen=3_000): 1})
    pay(order_no)
    return order_no


def same_person(one: int, other: int) -> None:
    with transaction() as session:
        same = text("UPDATE users SET unionid = 'u-1' WHERE id IN (:one, :other)")
        session.execute(same, {"one": one, "other": other})


def test_a_new_shopper_claims_the_coupon_once(http: Http) -> None:
    channel = make_channel(coupon=COUPON)
    me = http.as_(make_shopper()[1])
    before = offer(me, channel)
    assert (before["can_claim"], before["coupon"]) == (True, None)
    assert before["template"]["id"] == str(channel.template_id)
    coupon_id = claim(me, channel)
    assert coupon_of(coupon_id).way == "channel"
    assert claim(me, channel) == coupon_id, "again is the same coupon"
    after = offer(me, channel)
    assert (after["can_claim"], after["coupon"]["id"]) == (False, str(coupon_id))
    with transaction() as session:
        visits = session.scalar(text("SELECT count(*) FROM share_opens WHERE channel_id > 0"))
    assert visits == 1, "a claim is a visit, too"
    check()


def test_who_bought_before_gets_none_under_no_account(http: Http) -> None:
    channel = make_channel(coupon=COUPON)
    customer = make_buyer()
    bought(customer)
    second, second_token = make_shopper()
    same_person(customer.user_id, second)
    for token in (customer.token, second_token):
        me = http.as_(token)
        assert claim(me, channel) == "channel_new_shoppers_only"
        assert offer(me, channel)["can_claim"] is False
    check()


def test_two_channels_with_one_coupon_give_it_once(http: Http) -> None:
    channel = make_channel(coupon=COUPON)
    other = make_channel(coupon_template_id=channel.template_id)
    me = http.as_(make_shopper()[1])
    assert isinstance(claim(me, channel), int)
    assert claim(me, other) == "coupon_claim_limit"
    check()


def test_when_there_is_nothing_to_claim(http: Http) -> None:
    me = http.as_(make_shopper()[1])
    assert claim(me, make_channel()) == "channel_without_coupon"
    share = make_share(make_shopper()[0])
    assert error_code(me.post(f"/api/v1/shares/{share}/coupon")) == "channel_without_coupon"
    channel = make_channel(coupon=COUPON)
    forged = channel.token[:-1] + ("A" if channel.token[-1] != "A" else "B")
    for token in (forged, "x", "x" * 24):
        assert error_code(me.post(f"/api/v1/shares/{token}/coupon")) == "share_not_found"
    future = "2031-01-01T00:00:00+00:00"
    past = "2020-01-01T00:00:00+00:00"
    assert claim(me, make_channel(coupon=COUPON, starts_at=future)) == "channel_not_open"
    assert claim(me, make_channel(coupon=COUPON, ends_at=past)) == "share_expired"
    assert claim(me, make_channel(coupon={"total_limit": 0})) == "coupon_all_claimed"
    check()


def test_a_channel_s_coupon_is_not_claimed_from_the_public_list(http: Http) -> None:
    channel = make_channel(coupon=COUPON)
    me = http.as_(make_shopper()[1])
    assert me.get("/api/v1/coupon-templates").get_json()["items"] == []
    answer = me.post(f"/api/v1/coupon-templates/{channel.template_id}/claims")
    assert error_code(answer) == "coupon_template_not_found"


def report(staff: Http, path: str = "channel-reports") -> list[dict[str, Any]]:
    with transaction() as session:
        today = str(shop_day(db_now(session)))
    found = staff.get(f"/admin/api/v1/{path}", first=today, last=today)
    assert found.status_code == 200, found.get_json()
    items: list[dict[str, Any]] = found.get_json()["items"]
    return items


def test_what_a_channel_brought(http: Http, work: Callable[[], None]) -> None:
    quiet, channel = make_channel(kind="kol"), make_channel(coupon=COUPON)
    customers = [make_buyer() for _ in range(3)]
    for one in customers:
        http.as_(one.token).post(f"/api/v1/shares/{channel.token}/opens")
        http.as_(one.token).post(f"/api/v1/shares/{channel.token}/opens")
    register({"share": channel.token})
    claimed = [claim(http.as_(one.token), channel) for one in customers[:2]]
    (clerk,) = make_counter_clerks(1)
    at_counter(clerk, counter_code(customers[0].user_id, claimed[0]))
    orders = [bought(one) for one in customers]
    with transaction() as session:
        today = shop_day(db_now(session))
        session.execute(
            text("UPDATE orders SET refunded_fen = paid_fen WHERE order_no = :no"),
            {"no": orders[2]},
        )
    put_cost(channel.id, today, 2_000, "印刷")
    work()
    staff = http.as_(make_staff("channel:read"))
    shown, other = report(staff)
    with transaction() as session:
        paid = session.scalar(text("SELECT sum(paid_fen) FROM orders"))
        refunded = session.scalar(text("SELECT sum(refunded_fen) FROM orders"))
    assert (shown["channel_id"], other["channel_id"]) == (str(channel.id), str(quiet.id))
    net = paid - refunded
    assert shown["figures"] == {
        "visits": 4,
        "visitors": 4,
        "new_shoppers": 1,
        "orders": 3,
        "first_orders": 3,
        "paid_fen": paid,
        "refunded_fen": refunded,
        "net_fen": net,
        "coupons": 2,
        "coupons_on_line": 0,
        "coupons_at_counter": 1,
        "cost_fen": 2_000,
        "roi_bp": (net - 2_000) * 10_000 // 2_000,
    }
    assert set(other["figures"].values()) == {0, None}
    (day,) = report(staff, f"channels/{channel.id}/days")
    assert day == {"day": str(today), "figures": shown["figures"]}
    assert report(staff, f"channels/{quiet.id}/days") == []
    sheet = staff.get(
        "/admin/api/v1/channel-reports/sheet", first=str(today), last=str(today)
    ).get_data(as_text=True)
    assert len(sheet.strip().splitlines()) == 3


def test_the_report_is_paged_and_its_days_are_bounded(http: Http, app: Flask) -> None:
    made = [make_channel().id for _ in range(3)]
    staff = http.as_(make_staff("channel:read"))
    days = {"first": "2026-01-01", "last": "2026-01-31"}
    path = "/admin/api/v1/channel-reports"
    first = staff.get(path, **days, limit="2").get_json()
    rest = staff.get(path, **days, limit="2", cursor=first["next_cursor"]).get_json()
    shown = [int(one["channel_id"]) for one in [*first["items"], *rest["items"]]]
    assert shown == made[::-1]
    assert rest["next_cursor"] is None
    for wrong in ({"last": "2028-01-01"}, {"last": "2025-12-31"}, {"first": "x"}):
        assert staff.get(path, **{**days, **wrong}).status_code == 422


def test_the_demo_shop_has_a_channel_once(http: Http) -> None:
    assert demo.make_channel() is False, "nothing to lead to"
    make_product()
    assert demo.make_channel() is True
    assert demo.make_channel() is False
    staff = http.as_(make_staff("channel:read"))
    (shown,) = staff.get("/admin/api/v1/channels").get_json()["items"]
    me = http.as_(make_shopper()[1])
    answer = me.post(f"/api/v1/shares/{shown['token']}/coupon")
    assert answer.get_json()["template"]["at_counter"] is True
    check()
