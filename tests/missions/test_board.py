"""Missions: what is counted, when it is complete, what it gives, and what takes it back."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import defer, defer_many
from mall.missions.board.attention import REFUSED_MISSIONS
from mall.missions.board.claiming import claim
from mall.missions.board.counting import SETTLE_JOB
from mall.missions.board.defining import enable_mission
from mall.missions.board.errors import MissionNotCompleted
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.queries import today as shop_today
from mall.rewards.commands import change_rule
from mall.rewards.errors import RewardBudgetSpent
from mall.users import erasing
from tests.support.board import (
    bought,
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
from tests.support.exchange import exchanged, make_item, make_rich_buyer
from tests.support.inventory import stock
from tests.support.missions import plan
from tests.support.orders import Buyer, make_buyer, make_goods, pay
from tests.support.sharing import day_of, make_share, opened
from tests.support.users import make_shopper


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def today() -> str:
    with transaction() as session:
        return str(shop_today(session))


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


def test_what_another_shopper_completed_is_nobody_elses(app: Flask, buyer: Buyer) -> None:
    wanted = mission()
    bought(app, buyer, {make_goods(): 1})
    with pytest.raises(MissionNotCompleted):
        claim(make_shopper()[0], wanted)
    assert grants() == []
    assert claim(buyer.user_id, wanted).state == "promised"


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


def test_an_exchange_of_the_points_mall_counts_for_nobody(app: Flask) -> None:
    """Whatever cash it costs: neither for its shopper nor for who shared."""
    buyer, (sharer, _) = make_rich_buyer(), make_shopper()
    opened(buyer.user_id, make_share(sharer))
    wanted = mission(at_once=True)
    order_no = exchanged(buyer, make_item(cash_fen=990)).order_no
    pay(order_no)
    work(app)
    settle(app, buyer, order_no)
    assert stands(buyer.user_id, wanted) == (0, "open")
    assert day_of(sharer) == {"shares": 1, "opens": 1}
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
    assert needing_somebody() == [(wanted, "reward_budget_spent", 1)]
    enable_mission(wanted, False)
    assert needing_somebody() == []
    enable_mission(wanted, True)
    with pytest.raises(RewardBudgetSpent):
        claim(user_id, wanted)
    allow(rule_id, budget=1)
    assert claim(user_id, wanted).state == "rewarded"
    assert [status for _, status in grants()] == ["granted"], "a check-in can't go"
    assert needing_somebody() == []
    missions_hold()


def needing_somebody() -> list[tuple[int, str, int]]:
    query = REFUSED_MISSIONS.query
    assert query is not None
    with transaction() as session:
        return [(row.mission_id, row.refusal, row.progress) for row in session.execute(query)]


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
