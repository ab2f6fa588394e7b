"""Missions: the periods that progress begins in, versions, chains, and for whom they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.missions.board.claiming import claim
from mall.missions.board.counting import count_all
from mall.missions.board.defining import enable_mission
from mall.missions.board.errors import MissionNotFound
from mall.missions.board.listing import board
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.triggers import TRIGGERS
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.making_up import make_up
from mall.orders.events import OrderPaid
from tests.support.board import (
    an_hour_passes,
    bought,
    change,
    grants,
    mission,
    missions_hold,
    refund,
    seen,
    settle,
    stands,
    work,
)
from tests.support.missions import give_cards, plan
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay
from tests.support.shop_time import other_time, set_time
from tests.support.users import make_shopper

FAR = "2099-01-01T00:00:00Z"


@pytest.fixture
def clock(app: Flask) -> Iterator[None]:
    with other_time():
        yield


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


@pytest.mark.usefixtures("clock")
def test_a_late_fact_counts_for_its_own_day(app: Flask) -> None:
    set_time("2026-11-20 08:00")
    daily = mission(trigger="check_in", measure="days", period="day")
    weekly = mission(trigger="check_in", measure="days", period="week", target=7)
    user_id, _ = make_shopper()
    plan(7)
    at(user_id, "2026-11-29 23:59:59.9")  # a Sunday
    set_time("2026-11-30 00:00:01")
    work(app)  # the job comes on the day after
    assert unclaimed(user_id) == [(daily, "2026-11-29", 1)]
    assert stands(user_id, daily) == (0, "open"), "today's"
    assert stands(user_id, weekly) == (0, "open")
    assert claim(user_id, daily, "2026-11-29").state == "rewarded"
    assert stands(user_id, daily) == (0, "open")
    assert grants() == [("mission:#:2026-11-29", "granted")]
    rows = periods_of(weekly)
    assert rows == ["2026-W48"]
    missions_hold()


def unclaimed(user_id: int) -> list[tuple[int, str, int]]:
    with transaction() as session:
        views = board(session, user_id).unclaimed
    return [(view.id, view.period_key, view.counted) for view in views]


def at(user_id: int, moment: str) -> None:
    set_time(moment)
    check_in(user_id)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE check_ins SET created_at = clock_timestamp()"
                " WHERE day = CAST(timezone('Asia/Shanghai', clock_timestamp()) AS date)"
            )
        )


def periods_of(mission_id: int) -> list[str]:
    with transaction() as session:
        return list(
            session.scalars(
                text("SELECT period FROM mission_progress WHERE mission_id = :id ORDER BY id"),
                {"id": mission_id},
            )
        )


@pytest.mark.usefixtures("clock")
def test_days_in_a_row_with_one_made_up(app: Flask) -> None:
    set_time("2026-11-01 08:00")
    wanted = mission(trigger="check_in", measure="streak", period="once", target=4, at_once=True)
    days = mission(trigger="check_in", measure="days", period="month", target=9)
    user_id, _ = make_shopper()
    plan(7)
    give_cards(user_id)
    found = []
    for day in (10, 11, 13):
        at(user_id, f"2026-11-{day} 09:00")
        work(app)
        found.append(seen(user_id, wanted).hint)
    assert found == ["再连续签到 3 天", "再连续签到 2 天", "再连续签到 3 天"]
    with transaction() as session:
        missed = session.scalar(text("SELECT DATE '2026-11-12'"))
    make_up(user_id, missed)
    work(app)
    assert stands(user_id, wanted) == (4, "rewarded"), "from the 10th to the 13th"
    assert stands(user_id, days) == (4, "open")
    set_time("2026-11-20 09:00")
    assert stands(user_id, days) == (4, "open")
    missions_hold()


@pytest.mark.usefixtures("clock")
def test_days_in_a_row_lapse(app: Flask) -> None:
    set_time("2026-11-01 08:00")
    wanted = mission(trigger="check_in", measure="streak", period="once", target=4)
    user_id, _ = make_shopper()
    plan(7)
    at(user_id, "2026-11-02 09:00")
    work(app)
    set_time("2026-11-03 09:00")
    assert seen(user_id, wanted).counted == 1
    set_time("2026-11-04 00:00:01")
    assert seen(user_id, wanted).hint == "再连续签到 4 天"


@pytest.mark.usefixtures("clock")
def test_what_is_in_progress_keeps_its_version(app: Flask) -> None:
    set_time("2026-11-02 08:00")  # a Monday
    weekly = mission(trigger="check_in", measure="days", period="week", target=2, name="旧")
    (one, _), (two, _) = make_shopper(), make_shopper()
    plan(7)
    at(one, "2026-11-02 09:00")
    work(app)
    set_time("2026-11-02 10:00")
    again = {"trigger": "check_in", "measure": "days", "period": "week"}
    change(weekly, 1, **again, target=5, name="新")
    at(one, "2026-11-03 09:00")
    at(two, "2026-11-03 09:00")
    work(app)
    views = [seen(user_id, weekly) for user_id in (one, two)]
    assert [(v.name, v.counted, v.target, v.state) for v in views] == [
        ("旧", 2, 2, "completed"),
        ("新", 1, 5, "open"),
    ]
    at(one, "2026-11-09 09:00")  # the next week
    work(app)
    assert (seen(one, weekly).name, seen(one, weekly).target) == ("新", 5)
    missions_hold()


def test_a_campaign_counts_between_its_ends_and_a_paused_mission_nothing(
    app: Flask, buyer: Buyer
) -> None:
    sku = make_goods(20)
    coming = mission(period="campaign", starts_at="2098-01-01T00:00:00Z", ends_at=FAR)
    running = mission(period="campaign", starts_at="2020-01-01T00:00:00Z", ends_at=FAR, target=5)
    first = bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, running) == (1, "open")
    with pytest.raises(MissionNotFound):
        seen(buyer.user_id, coming)
    enable_mission(running, False)
    with pytest.raises(MissionNotFound):
        seen(buyer.user_id, running)
    bought(app, buyer, {sku: 1})
    refund(app, first, 1)
    enable_mission(running, True)
    assert stands(buyer.user_id, running) == (0, "open"), "nothing new, and what went"
    missions_hold()


def test_a_chain_opens_with_the_completion_before(app: Flask, buyer: Buyer) -> None:
    first = mission(period="once", name="首单")
    second = mission(period="once", requires_id=str(first))
    view = seen(buyer.user_id, second)
    assert (view.state, view.requires_name) == ("locked", "首单")
    sku = make_goods(20)
    bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, first) == (1, "completed")
    assert stands(buyer.user_id, second) == (0, "open"), "open now; what opened it doesn't count"
    bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, second) == (1, "completed")
    missions_hold()


def hear_in_reverse(buyer: Buyer) -> list[str]:
    """Two paid orders, of which the second one is heard of first."""
    sku, trigger = make_goods(20), TRIGGERS["order_paid"]
    numbers = [buy(buyer, {sku: 1}) for _ in range(2)]
    for order_no in numbers:
        pay(order_no)
    for order_no in reversed(numbers):
        with transaction() as session:
            missions = lock_missions_of(session, buyer.user_id)
            facts = trigger.facts(session, OrderPaid(order_no, buyer.user_id))
            count_all(session, buyer.user_id, trigger, missions, facts)
    return numbers


def test_what_completed_a_mission_opens_nothing_for_itself(app: Flask, buyer: Buyer) -> None:
    first = mission(period="once", target=2)
    second = mission(period="once", requires_id=str(first))
    hear_in_reverse(buyer)
    work(app)  # both are told again
    assert stands(buyer.user_id, first) == (2, "completed")
    assert stands(buyer.user_id, second) == (0, "open")
    missions_hold()


def test_a_second_order_that_is_heard_of_first_counts_when_it_is_told_again(
    app: Flask, buyer: Buyer
) -> None:
    first = mission(period="once")
    second = mission(period="once", requires_id=str(first))
    hear_in_reverse(buyer)
    assert stands(buyer.user_id, second) == (0, "open")
    work(app)
    assert stands(buyer.user_id, second) == (1, "completed")
    missions_hold()


def test_when_the_order_that_opened_it_goes_another_one_has(app: Flask, buyer: Buyer) -> None:
    first = mission(period="once")
    sku = make_goods(20)
    (one, two) = (bought(app, buyer, {sku: 1}) for _ in range(2))
    refund(app, one, 1)
    second = mission(period="once", requires_id=str(first))
    an_hour_passes()
    settle(app, buyer, two)
    assert stands(buyer.user_id, first) == (1, "completed")
    assert stands(buyer.user_id, second) == (0, "open")
    missions_hold()


@pytest.mark.usefixtures("clock")
def test_a_chain_of_days_begins_anew_each_day(app: Flask) -> None:
    set_time("2026-11-01 08:00")
    first = mission(trigger="check_in", measure="days")
    second = mission(trigger="check_in", measure="days", requires_id=str(first))
    user_id, _ = make_shopper()
    plan(7)
    at(user_id, "2026-11-02 09:00")
    work(app)
    assert seen(user_id, second).state == "open"
    set_time("2026-11-03 09:00")
    assert seen(user_id, second).state == "locked"


def test_new_customers_by_their_figures_before_the_order(app: Flask, buyer: Buyer) -> None:
    sku = make_goods(20)
    other = make_buyer()
    bought(app, other, {sku: 1})
    new = [{"figure": "bought_orders", "at_most": 0}]
    rich = [{"figure": "paid_fen", "at_least": 1, "at_most": 99_999_999}]
    for_new, for_rich = mission(audience=new, target=2), mission(audience=rich)
    assert stands(buyer.user_id, for_new) == (0, "open")
    for user_id, wanted in ((other.user_id, for_new), (buyer.user_id, for_rich)):
        with pytest.raises(MissionNotFound):
            seen(user_id, wanted)
    for _ in range(2):
        bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, for_new) == (2, "completed"), "who began goes on"
    assert stands(buyer.user_id, for_rich) == (1, "completed"), "by the second order"
    bought(app, other, {sku: 1})
    with pytest.raises(MissionNotFound):
        seen(other.user_id, for_new)
    missions_hold()
