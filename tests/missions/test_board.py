"""Missions: what is counted, when it is complete, what it gives, and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.kernel.jobs import defer, defer_many
from mall.missions.board.claiming import claim
from mall.missions.board.counting import SETTLE_JOB
from mall.missions.board.defining import enable_mission
from mall.missions.board.errors import MissionNotCompleted, MissionNotFound
from mall.missions.board.listing import board
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.making_up import make_up
from mall.rewards.commands import change_rule
from mall.rewards.errors import RewardBudgetSpent
from mall.users import erasing
from tests.support.board import (
    bought,
    change,
    gift,
    grants,
    mission,
    missions_hold,
    refund,
    seen,
    settle,
    stands,
    work,
)
from tests.support.catalog import make_category, make_sku
from tests.support.http import Http
from tests.support.inventory import stock
from tests.support.missions import give_cards, plan
from tests.support.orders import Buyer, make_buyer, make_goods
from tests.support.shop_time import other_time, set_time
from tests.support.users import make_shopper

DAY = "CAST(timezone('Asia/Shanghai', clock_timestamp()) AS date)"


@pytest.fixture
def clock(app: Flask) -> Iterator[None]:
    with other_time():
        yield


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def today() -> str:
    with transaction() as session:
        return str(session.scalar(text(f"SELECT {DAY}")))


# -- counting, completing, claiming ----------------------------------------------------------


def test_it_says_what_is_missing_and_is_claimed_once(app: Flask, buyer: Buyer) -> None:
    wanted = mission(target=2)
    assert seen(buyer.user_id, wanted).hint == "再下 2 单"
    sku = make_goods(20)
    bought(app, buyer, {sku: 1})
    view = seen(buyer.user_id, wanted)
    assert (view.counted, view.missing, view.hint, view.state) == (1, 1, "再下 1 单", "open")
    with pytest.raises(MissionNotCompleted):
        claim(buyer.user_id, wanted)
    bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, wanted) == (2, "completed")
    assert grants() == []
    assert claim(buyer.user_id, wanted).state == "promised", "the orders may still go"
    assert claim(buyer.user_id, wanted, today()).state == "promised"
    assert grants() == [(f"mission:#:{today()}", "pending")]
    missions_hold()


def test_the_reward_follows_its_orders(app: Flask, buyer: Buyer) -> None:
    wanted = mission(at_once=True, target=2)
    sku = make_goods(20)
    first, second = (bought(app, buyer, {sku: 1}) for _ in range(2))
    assert stands(buyer.user_id, wanted) == (2, "promised")
    settle(app, buyer, first)
    assert stands(buyer.user_id, wanted) == (2, "promised"), "one of them may still go"
    settle(app, buyer, second)
    assert stands(buyer.user_id, wanted) == (2, "rewarded")
    refund(app, first, 1)
    assert stands(buyer.user_id, wanted) == (1, "open")
    assert grants() == [(f"mission:#:{today()}", "reversed")]
    third = bought(app, buyer, {sku: 1})
    assert stands(buyer.user_id, wanted) == (2, "promised"), "a further time"
    settle(app, buyer, third)
    assert grants()[1] == (f"mission:#:{today()}:2", "granted")
    missions_hold()


def test_a_promise_ends_with_its_order(app: Flask, buyer: Buyer) -> None:
    wanted, sku = mission(at_once=True), make_goods(20)
    order_no = bought(app, buyer, {sku: 2})
    refund(app, order_no, 1)
    assert stands(buyer.user_id, wanted) == (1, "promised"), "a unit is kept"
    refund(app, order_no, 1)
    assert stands(buyer.user_id, wanted) == (0, "open")
    assert [status for _, status in grants()] == ["canceled"]
    missions_hold()


def test_goods_and_amounts(app: Flask, buyer: Buyer) -> None:
    fruit = make_category("水果")
    apple, book = stock(make_sku(1_000, category_id=fruit), 20), make_goods(20, 5_000)
    scope = {"only": {"category_ids": [str(fruit)]}}
    in_fruit = mission(filters={"goods": scope}, measure="fen", target=3_000)
    large = mission(filters={"goods": scope, "at_least_fen": 2_000}, measure="units", target=9)
    order_no = bought(app, buyer, {apple: 2, book: 1})
    view = seen(buyer.user_id, in_fruit)
    assert (view.counted, view.hint) == (2_000, "再消费 10 元")
    assert seen(buyer.user_id, large).hint == "再购买 7 件"
    bought(app, buyer, {book: 1})
    assert seen(buyer.user_id, in_fruit).counted == 2_000
    line = 0 if lines_skus(order_no)[0] == apple else 1
    refund(app, order_no, 1, line)
    assert seen(buyer.user_id, in_fruit).counted == 1_000
    assert seen(buyer.user_id, large).counted == 0, "what is left is too small"
    missions_hold()


def lines_skus(order_no: str) -> list[int]:
    with transaction() as session:
        return list(
            session.scalars(
                text(
                    "SELECT l.sku_id FROM order_lines l JOIN orders o ON o.id = l.order_id"
                    " WHERE o.order_no = :no ORDER BY position"
                ),
                {"no": order_no},
            )
        )


def test_an_event_that_comes_again_or_late_counts_once(app: Flask, buyer: Buyer) -> None:
    wanted = mission(target=3)
    order_no = bought(app, buyer, {make_goods(20): 1})
    payload = {"order_no": order_no, "user_id": buyer.user_id}
    events = ["orders.refunded", "orders.paid", "aftersales.order_settled"]
    for number, name in enumerate(events):
        more = {"kind": "normal", "paid_fen": 0, "lines": []} if "settled" in name else {}
        with transaction() as session:
            event_id = f"00000000-0000-0000-0000-00000000000{number}"
            job = {"event_id": event_id, "name": name, "payload": {**payload, **more}}
            defer_many(session, "kernel.deliver_event", [job])
    work(app)
    assert stands(buyer.user_id, wanted) == (1, "open")
    missions_hold()


def test_settled_orders_alone(app: Flask, buyer: Buyer) -> None:
    wanted = mission(trigger="order_settled", at_once=True)
    order_no = bought(app, buyer, {make_goods(20): 1})
    assert stands(buyer.user_id, wanted) == (0, "open")
    settle(app, buyer, order_no)
    assert stands(buyer.user_id, wanted) == (1, "rewarded")
    refund(app, order_no, 1)
    assert stands(buyer.user_id, wanted) == (0, "open")
    assert [status for _, status in grants()] == ["reversed"]
    missions_hold()


def test_a_refused_reward_is_shown_and_claimed_later(app: Flask) -> None:
    rule_id = gift(budget=0)
    wanted = mission(at_once=True, trigger="check_in", measure="days", rule_ids=[str(rule_id)])
    user_id, _ = make_shopper()
    plan(7)
    check_in(user_id)
    work(app)
    view = seen(user_id, wanted)
    assert (view.state, view.refusal) == ("refused", "reward_budget_spent")
    with pytest.raises(RewardBudgetSpent):
        claim(user_id, wanted)
    allow(rule_id, budget=1)
    assert claim(user_id, wanted).state == "rewarded"
    assert [status for _, status in grants()] == ["granted"], "a check-in can't go"
    missions_hold()


def allow(rule_id: int, budget: int) -> None:
    with transaction() as session:
        reward = session.scalar(
            text("SELECT reward FROM reward_rules WHERE id = :id"), {"id": rule_id}
        )
    change_rule(
        rule_id,
        name="开业礼",
        reward=reward,
        budget=budget,
        budget_unit="pieces",
        daily_cap=None,
        budget_returns=True,
        enabled=True,
    )


def test_settling_a_reward_again_changes_nothing(app: Flask, buyer: Buyer) -> None:
    mission(at_once=True)
    order_no = bought(app, buyer, {make_goods(20): 1})
    settle(app, buyer, order_no)
    before = grants()
    with transaction() as session:
        progress_id = session.scalar(text("SELECT id FROM mission_progress"))
        for known in (progress_id, 987_654_321):
            defer(session, SETTLE_JOB, progress_id=known)
    work(app)
    assert grants() == before
    assert before == [(f"mission:#:{today()}", "granted")]


# -- periods and versions --------------------------------------------------------------------


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
            text("UPDATE check_ins SET created_at = clock_timestamp() WHERE day = " + DAY)
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


FAR = "2099-01-01T00:00:00Z"

# -- chains and audiences --------------------------------------------------------------------


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


# -- other triggers --------------------------------------------------------------------------


def test_the_fullest_cart_counts(app: Flask, http: Http, buyer: Buyer) -> None:
    wanted = mission(trigger="cart", measure="units", target=4, at_once=True)
    me, sku = http.as_(buyer.token), make_goods(20)
    me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 3})
    work(app)
    assert seen(buyer.user_id, wanted).hint == "再加购 1 件"
    me.put(f"/api/v1/cart/lines/{sku}", {"quantity": 1})
    work(app)
    assert seen(buyer.user_id, wanted).counted == 3
    me.put(f"/api/v1/cart/lines/{sku}", {"quantity": 5})
    work(app)
    me.delete(f"/api/v1/cart/lines/{sku}")
    work(app)
    assert stands(buyer.user_id, wanted) == (4, "rewarded")
    missions_hold()


def test_a_cart_costs_no_event_while_no_mission_counts_it(
    app: Flask, http: Http, buyer: Buyer
) -> None:
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'name' = 'cart.changed'")
    me, sku = http.as_(buyer.token), make_goods(20)

    def changed(quantity: int) -> int:
        me.put(f"/api/v1/cart/lines/{sku}", {"quantity": quantity})
        return int(db.session.scalar(waiting) or 0)

    me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 1})
    assert changed(2) == 0
    wanted = mission(trigger="cart", measure="units", target=4)
    assert changed(3) == 1
    enable_mission(wanted, False)
    assert changed(4) == 1


def test_a_profile_that_was_complete_before_the_mission_is_claimed(app: Flask) -> None:
    user_id, _ = make_shopper(nickname="小明", phone="+8613800138000")
    wanted = mission(trigger="profile_completed", period="once")
    assert stands(user_id, wanted) == (0, "open")
    with transaction() as session:
        session.execute(text("UPDATE users SET avatar_url = 'https://a.example/a.png'"))
    assert stands(user_id, wanted) == (1, "completed")
    assert claim(user_id, wanted).state == "rewarded"
    missions_hold()


# -- closing the account ---------------------------------------------------------------------


def test_a_closed_account_leaves_no_progress(app: Flask, buyer: Buyer) -> None:
    wanted = mission(at_once=True)
    order_no = bought(app, buyer, {make_goods(20): 1})
    assert stands(buyer.user_id, wanted) == (1, "promised")
    with transaction() as session:
        session.execute(
            text(
                "UPDATE users SET closed_at = now(), openid = NULL, phone_sealed = NULL,"
                " phone_index = NULL, erase_due_at = now() WHERE id = :id"
            ),
            {"id": buyer.user_id},
        )
    erasing.erase_at_once(buyer.user_id)
    refund(app, order_no, 1)
    with transaction() as session:
        for table in ("mission_progress", "mission_facts"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert [status for _, status in grants()] == ["canceled"]
