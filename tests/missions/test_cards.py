"""Make-up cards for points: the price, the month, and what is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.missions.checkin import cards
from mall.missions.checkin.buying import buy_card
from mall.missions.checkin.settings import CARD_POINTS, CARDS_PER_MONTH
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.missions import PATH, give_cards
from tests.support.points import figures, give
from tests.support.settings import set_setting
from tests.support.shop_time import other_time, set_time
from tests.support.users import make_shopper

CARDS = f"{PATH}/cards"


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def sold() -> None:
    set_setting(CARD_POINTS, 50)
    set_setting(CARDS_PER_MONTH, 2)


def refusal(user_id: int, points: int = 50) -> str:
    with pytest.raises(MallError) as refused:
        buy_card(user_id, points)
    return refused.value.code


@pytest.mark.usefixtures("sold")
def test_a_card_costs_what_was_seen_and_once_a_request(http: Http) -> None:
    user_id, token = make_shopper()
    me = http.as_(token)
    give(user_id, 120)
    shown = me.get(PATH).get_json()["make_up"]
    assert (shown["card_points"], shown["cards_to_buy"], shown["cards"]) == (50, 2, 0)
    for _ in range(2):
        answer = me.post(CARDS, {"points": 50}, key="one-purchase")
        assert (answer.status_code, answer.get_json()["cards"]) == (200, 1)
    assert figures(user_id)[0] == 70
    entry = me.get("/api/v1/points/entries").get_json()["items"][0]
    assert (entry["kind"], entry["label"], entry["available"]) == ("makeup_card", "兑换补签卡", -50)
    assert error_code(me.post(CARDS, {"points": 40})) == "make_up_card_price_changed"
    give_cards(user_id, 3)
    assert buy_card(user_id, 50).cards == 5, "cards of both ways"
    assert error_code(me.post(CARDS, {"points": 50})) == "make_up_card_limit"
    assert figures(user_id)[0] == 20


@pytest.mark.usefixtures("sold")
def test_too_few_points_leave_nothing_behind() -> None:
    user_id, _ = make_shopper()
    give(user_id, 49)
    assert refusal(user_id) == "points_short"
    assert figures(user_id)[0] == 49
    give(user_id, 51)
    for left in (50, 0):
        buy_card(user_id, 50)
        assert figures(user_id)[0] == left
    assert refusal(user_id) == "make_up_card_limit", "the refused one didn't count"


def test_no_cards_are_sold_unless_the_owner_says_so() -> None:
    user_id, _ = make_shopper()
    assert refusal(user_id) == "make_up_card_not_sold"


@pytest.mark.usefixtures("sold")
def test_the_limit_is_a_month_of_the_shop() -> None:
    set_setting(CARDS_PER_MONTH, 1)
    with other_time():
        user_id, _ = make_shopper()
        set_time("2026-11-30 23:59:59.9")
        give(user_id, 100, days=None)
        buy_card(user_id, 50)
        assert refusal(user_id) == "make_up_card_limit"
        set_time("2026-12-01 00:00:00")
        assert buy_card(user_id, 50).cards == 2


@pytest.mark.usefixtures("sold")
def test_a_closed_account_buys_none_and_leaves_no_counts() -> None:
    user_id, _ = make_shopper()
    give(user_id, 100)
    buy_card(user_id, 50)
    close_account(user_id)
    erasing.erase_at_once(user_id)
    assert refusal(user_id) == "account_closed"
    with transaction() as session:
        assert cards.left(session, user_id) == 0
        assert session.scalar(text("SELECT count(*) FROM make_up_card_months")) == 0
