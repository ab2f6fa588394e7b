"""Reports of referral: chains with their orders, and how it spreads week by week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.referral.reports import chains
from mall.referral.reports.spreading import Week
from tests.support.channels import make_channel
from tests.support.http import Http, error_code
from tests.support.ladders import ladder
from tests.support.orders import Buyer, buy, make_goods, pay
from tests.support.sharing import days_pass, make_share, opened, register
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper

pytestmark = pytest.mark.usefixtures("app")
ADMIN = "/admin/api/v1"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("referral:report"))


def bring(inviter_id: int, work: Callable[[], None], count: int = 1) -> list[int]:
    """New shoppers come through the inviter's share: their ids."""
    token = make_share(inviter_id)
    found = [register({"share": token}) for _ in range(count)]
    work()
    return found


def bought(user_id: int) -> str:
    """A paid order of a shopper: its number."""
    buyer = Buyer(user_id, "", make_address(user_id))
    order_no = buy(buyer, {make_goods(price_fen=3_000): 1})
    pay(order_no)
    return order_no


def spread(staff: Http, weeks: int = 1, **scope: str) -> list[dict[str, Any]]:
    """The weeks until this one."""
    with transaction() as session:
        first = shop_day(db_now(session)) - timedelta(weeks=weeks - 1)
    answer = staff.get(f"{ADMIN}/referral-spread", first=str(first), weeks=str(weeks), **scope)
    assert answer.status_code == 200, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_a_chain_upwards_and_downwards(staff: Http, work: Callable[[], None]) -> None:
    root = make_shopper()[0]
    (first, second) = bring(root, work, 2)
    (third,) = bring(first, work)
    (fourth,) = bring(third, work)
    orders = [bought(one) for one in (second, third, third)]
    work()
    with transaction() as session:
        query = "SELECT sum(paid_fen) FROM orders o WHERE o.user_id = :id"
        paid = {one: session.scalar(text(query), {"id": one}) or 0 for one in (second, third)}
    shown = staff.get(f"{ADMIN}/referral-chains/{root}").get_json()
    assert [(one["level"], one["shoppers"], one["orders"]) for one in shown["levels"]] == [
        (1, 2, 1),
        (2, 1, 2),
        (3, 1, 0),
    ]
    assert [one["paid_fen"] for one in shown["levels"]] == [paid[second], paid[third], 0]
    assert (shown["depth"], shown["shoppers"], shown["cut"], shown["above"]) == (3, 4, False, [])
    one_level = staff.get(f"{ADMIN}/referral-chains/{root}", levels="1").get_json()
    assert (one_level["depth"], one_level["shoppers"]) == (1, 2)
    last = staff.get(f"{ADMIN}/referral-chains/{fourth}", levels="10").get_json()
    assert [int(one["user_id"]) for one in last["above"]] == [third, first, root]
    assert last["levels"] == []
    page = staff.get(f"{ADMIN}/referral-chains/{root}/invitees", limit="1").get_json()
    (newest,) = page["items"]
    assert (int(newest["user_id"]), newest["brought"], newest["order_nos"]) == (
        second,
        0,
        orders[:1],
    )
    page = staff.get(
        f"{ADMIN}/referral-chains/{root}/invitees", limit="1", cursor=page["next_cursor"]
    ).get_json()
    assert [(int(one["user_id"]), one["brought"]) for one in page["items"]] == [(first, 1)]
    assert page["next_cursor"] is None


def test_a_large_chain_is_cut_after_the_nearest(work: Callable[[], None]) -> None:
    root = make_shopper()[0]
    (first, *_) = bring(root, work, 3)
    bring(first, work, 2)
    with transaction() as session:
        found = chains.chain(session, root, 10, most=4)
    assert ([one.shoppers for one in found.levels], found.cut) == ([3, 1], True)


def test_invites_conversion_and_k_of_a_week(staff: Http, work: Callable[[], None]) -> None:
    root, idle = make_shopper()[0], make_shopper()[0]
    old = make_shopper()[0]
    bought(old)
    with transaction() as session:
        session.execute(text("UPDATE users SET created_at = created_at - interval '400 days'"))
    make_share(idle)
    opened(old, make_share(root))
    brought = bring(root, work, 3)
    bring(brought[0], work)
    (week,) = spread(staff)
    assert {name: week[name] for name in ("sharers", "invites", "brought")} == {
        "sharers": 3,
        "invites": 4,
        "brought": 4,
    }
    assert (week["invites_per_sharer_bp"], week["conversion_bp"]) == (13_333, 10_000)
    assert week["k_bp"] == 13_333
    assert (week["newcomers"], week["brought_by_newcomers"]) == (4, 1)
    assert (week["reproduction_bp"], week["complete"]) == (2_500, False)
    assert week["generations"] == 1
    assert 0 <= week["generation_s"] == week["generation_p90_s"] < 600


def test_weeks_are_apart_and_a_generation_takes_its_time(
    staff: Http, work: Callable[[], None]
) -> None:
    root = make_shopper()[0]
    (first,) = bring(root, work)
    days_pass(14)
    bring(first, work)
    before, between, now = spread(staff, weeks=3)
    assert [one["brought"] for one in (before, between, now)] == [1, 0, 1]
    assert (before["newcomers"], before["brought_by_newcomers"]) == (2, 2)
    assert (between["k_bp"], between["reproduction_bp"]) == (None, None)
    assert abs(now["generation_s"] - 14 * 86_400) < 600


def test_a_channel_s_shoppers_and_a_campaign_s_time(staff: Http, work: Callable[[], None]) -> None:
    channel, other = make_channel(), make_channel()
    with transaction() as session:
        session.execute(text("UPDATE shares SET created_at = created_at - interval '1 hour'"))
    shopper = register({"share": channel.token})
    work()
    bring(make_shopper()[0], work, 2)
    bring(shopper, work, 3)
    (week,) = spread(staff, channel_id=str(channel.id))
    assert (week["sharers"], week["invites"], week["brought"]) == (1, 3, 3)
    assert (week["newcomers"], week["reproduction_bp"]) == (1, 30_000)
    (nothing,) = spread(staff, channel_id=str(other.id))
    assert (nothing["sharers"], nothing["newcomers"], nothing["k_bp"]) == (0, 0, None)
    campaign_id = ladder()
    (week,) = spread(staff, campaign_id=str(campaign_id))
    assert (week["brought"], week["newcomers"]) == (5, 5)


def test_bad_input(http: Http, staff: Http) -> None:
    path = f"{ADMIN}/referral-spread"
    for wrong in (
        {},
        {"first": "2026-13-01"},
        {"first": "1999-01-01"},
        {"first": "2026-01-05", "weeks": "27"},
        {"first": "2026-01-05", "weeks": "0"},
        {"first": "2026-01-05", "channel_id": "1", "campaign_id": "1"},
    ):
        assert staff.get(path, **wrong).status_code == 422, wrong
    day = {"first": "2026-01-05"}
    assert error_code(staff.get(path, **day, channel_id="999999")) == "channel_not_found"
    assert error_code(staff.get(path, **day, campaign_id="999999")) == "ladder_not_found"
    assert staff.get(f"{ADMIN}/referral-chains/1", levels="11").status_code == 422
    reader = http.as_(make_staff("channel:read"))
    for route in (path, f"{ADMIN}/referral-chains/1", f"{ADMIN}/referral-chains/1/invitees"):
        assert error_code(reader.get(route, **day)) == "not_permitted"


def test_ratios(app: Flask) -> None:
    with transaction() as session:
        today = shop_day(db_now(session))
    week = Week(today, sharers=10, invites=25, brought=5, newcomers=8, brought_by_newcomers=10)
    assert (week.invites_per_sharer_bp, week.conversion_bp, week.k_bp) == (25_000, 2_000, 5_000)
    assert week.reproduction_bp == 12_500
    assert Week(today).k_bp is None
