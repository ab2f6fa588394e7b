"""A leader's reward for each new customer: promised, given, taken back, in any order of events."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from flask import Flask

from mall.groupbuy.bringing.attention import REFUSED
from mall.groupbuy.bringing.handlers import take_back_reward
from mall.groupbuy.bringing.rewarding import event_of
from mall.groupbuy.orders.leaving import leave_team
from mall.kernel.db import db, transaction
from mall.kernel.features import Event
from mall.orders.refunding import cancel_refund, reserve_refund
from mall.points.statements.queries import balance
from mall.rewards.granting import Source, grant
from tests.support.bringing import (
    POINTS,
    change_points_rule,
    hear,
    paid_event,
    points_rule,
    promised,
    refunded,
    refusal_of,
    settled,
)
from tests.support.groupbuy import expire, joined, make_activity, opened
from tests.support.http import Http
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, lines_of, make_buyer, make_goods, pay

Work = Callable[[], None]


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def hold() -> None:
    """What must hold of these rewards; the orders here go back without payments."""
    assert {
        c: rows for c in ("I7r", "I7s", "I7t", "I9a", "I9d", "I9e") if (rows := rows_of(c))
    } == {}


def team_with_rule(leader: Buyer, sizes: tuple[int, ...] = (2, 9), **more: object) -> int:
    """A team whose leader is rewarded: its id."""
    tiers = {size: 9_000 - 100 * size for size in sizes}
    return opened(make_activity(tiers, leader_rule_id=points_rule(**more)), leader)


def listed() -> list[tuple[str, str]]:
    """What staff see of refusals: the code and the event."""
    assert REFUSED.query is not None
    with transaction() as session:
        return [(row.refusal, row.event) for row in session.execute(REFUSED.query)]


def points_of(user_id: int) -> int:
    with transaction() as session:
        return balance(session, user_id).available


def test_a_new_customer_earns_the_leader_points_once_the_order_is_settled(work: Work) -> None:
    leader = make_buyer()
    team_id = team_with_rule(leader)
    order_no = joined(team_id)
    work()
    assert promised(order_no) == (leader.user_id, "pending", POINTS)
    assert points_of(leader.user_id) == 0
    settled(order_no)
    work()
    assert promised(order_no) == (leader.user_id, "granted", POINTS)
    assert points_of(leader.user_id) == POINTS
    hold()


def test_nothing_for_who_has_bought_before_nor_for_oneself(work: Work) -> None:
    leader, old = make_buyer(), make_buyer()
    pay(buy(old, {make_goods(): 1}))
    team_id = team_with_rule(leader)
    order_no = joined(team_id, old)
    work()
    assert promised(order_no) is None
    own = paid_event(team_id, joined(team_id))
    hear(type(own)(team_id, own.activity_id, own.user_id, own.user_id, own.order_no, is_new=True))
    assert promised(own.order_no) is None


def test_without_a_rule_nothing_is_kept(work: Work) -> None:
    team_id = opened(make_activity())
    order_no = joined(team_id)
    work()
    assert promised(order_no) is None
    hold()


WAYS: dict[str, tuple[int, bool, int | None]] = {
    "settled": (0, True, POINTS),
    "half came back": (1, True, POINTS // 2),
    "all came back": (2, False, None),
}


@pytest.mark.parametrize("turn", range(6))
@pytest.mark.parametrize("way", WAYS)
def test_events_in_any_order_end_the_same(way: str, turn: int) -> None:
    back, settles, left = WAYS[way]
    leader = make_buyer()
    team_id = team_with_rule(leader)
    order_no = joined(team_id, units=2)
    events: list[Event] = [paid_event(team_id, order_no)]
    if back:
        events.append(refunded(order_no, back))
    if settles:
        events.append(settled(order_no))
    orders = list(permutations(events))
    for event in orders[turn % len(orders)]:
        hear(event)
        hear(event)
    db.session.rollback()
    assert points_of(leader.user_id) == (left or 0)
    if left is not None:
        assert promised(order_no) == (leader.user_id, "granted", left)
    hold()


def test_what_was_given_comes_back_with_the_order() -> None:
    leader = make_buyer()
    team_id = team_with_rule(leader)
    order_no = joined(team_id, units=2)
    hear(paid_event(team_id, order_no))
    hear(settled(order_no))
    first = refunded(order_no, 1)
    second = refunded(order_no, 1)
    hear(second)
    assert promised(order_no) == (leader.user_id, "reversed", 0)
    hear(first)
    assert points_of(leader.user_id) == 0
    hold()


def test_a_refund_on_its_way_that_fails_takes_nothing() -> None:
    leader = make_buyer()
    team_id = team_with_rule(leader)
    order_no = joined(team_id, units=2)
    (line,) = lines_of(order_no)
    parts = [(line.id, 1, line.payable_fen // 2)]
    with transaction() as session:
        reserve_refund(session, order_no, parts, 0, "groupbuy:tests")
    hear(paid_event(team_id, order_no))
    with transaction() as session:
        cancel_refund(session, order_no, parts, 0)
    hear(settled(order_no))
    assert promised(order_no) == (leader.user_id, "granted", POINTS)
    hold()


def test_a_difference_between_tiers_takes_nothing(work: Work) -> None:
    leader = make_buyer()
    team_id = team_with_rule(leader, sizes=(2, 3))
    order_no = joined(team_id)
    joined(team_id)
    work()
    expire(team_id)
    work()
    assert promised(order_no) == (leader.user_id, "pending", POINTS)


@pytest.mark.parametrize("first", ["paid", "failed"])
def test_a_failed_team_cancels_at_once(first: str, work: Work) -> None:
    leader = make_buyer()
    team_id = team_with_rule(leader, sizes=(3,))
    order_no = joined(team_id)
    event = paid_event(team_id, order_no)
    if first == "paid":
        hear(event)
        assert promised(order_no) == (leader.user_id, "pending", POINTS)
    expire(team_id)
    if first == "failed":
        take_back_reward(order_no=order_no)
        hear(event)
        assert promised(order_no) is None
    work()
    assert promised(order_no) in {(leader.user_id, "canceled", 0), None}
    hold()


def test_who_led_when_the_member_paid_is_rewarded(work: Work) -> None:
    first, second = make_buyer(), make_buyer()
    team_id = team_with_rule(first, sizes=(4,))
    brought = joined(team_id, second)
    leave_team(first.user_id, team_id)
    later = joined(team_id)
    work()
    assert promised(brought) == (first.user_id, "pending", POINTS)
    assert promised(later) == (second.user_id, "pending", POINTS)
    hold()


def test_a_member_who_leaves_takes_the_promise_along() -> None:
    leader, member = make_buyer(), make_buyer()
    team_id = team_with_rule(leader, sizes=(3,))
    order_no = joined(team_id, member)
    hear(paid_event(team_id, order_no))
    hear(refunded(order_no, 1))
    assert promised(order_no) == (leader.user_id, "canceled", 0)
    hold()


def test_a_customer_is_brought_once() -> None:
    """Two payments at the same moment may both call the shopper new."""
    member, leaders = make_buyer(), [make_buyer(), make_buyer()]
    teams = [team_with_rule(leader) for leader in leaders]
    orders = [joined(team_id, member) for team_id in teams]
    for team_id, order_no in zip(teams, orders, strict=True):
        hear(paid_event(team_id, order_no))
    assert promised(orders[0]) is not None
    assert promised(orders[1]) is None


def test_a_rule_that_refuses_is_listed_for_staff(work: Work) -> None:
    leader = make_buyer()
    rule_id = points_rule(budget=1)
    team_id = opened(make_activity({2: 9_000, 9: 8_000}, leader_rule_id=rule_id), leader)
    orders = [joined(team_id) for _ in range(2)]
    for order_no in orders:
        hear(paid_event(team_id, order_no))
    assert promised(orders[0]) is not None
    assert refusal_of(orders[1]) == "reward_budget_spent"
    change_points_rule(rule_id, enabled=False)
    last = joined(team_id)
    hear(paid_event(team_id, last))
    assert refusal_of(last) == "reward_rule_paused"
    assert listed() == [
        ("reward_budget_spent", event_of(orders[1])),
        ("reward_rule_paused", event_of(last)),
    ]
    change_points_rule(rule_id, budget=9)
    with transaction() as session:
        grant(session, leader.user_id, Source(rule_id, event_of(orders[1])))
    assert listed() == [("reward_rule_paused", event_of(last))]
    hold()


def test_a_leader_sees_what_was_brought(http: Http, work: Work) -> None:
    leader = make_buyer()
    rule_id = points_rule(budget=3)
    team_id = opened(make_activity({2: 9_000, 9: 8_000}, leader_rule_id=rule_id), leader)
    given, half, gone, refused = (joined(team_id, units=2) for _ in range(4))
    for order_no in (given, half, gone, refused):
        hear(paid_event(team_id, order_no))
    hear(settled(given))
    hear(refunded(half, 1))
    hear(refunded(gone, 2))
    me, path = http.as_(leader.token), "/api/v1/group-buy/my-brought"
    first = me.get(f"{path}?limit=3").get_json()
    rest = me.get(f"{path}?limit=3&cursor={first['next_cursor']}").get_json()
    seen = [(one["state"], one["reward"]) for one in first["items"] + rest["items"]]
    part = {"kind": "points", "what": ""}
    assert seen == [
        ("nothing", []),
        ("gone", []),
        ("promised", [{**part, "count": POINTS // 2}]),
        ("given", [{**part, "count": POINTS}]),
    ]
    assert rest["next_cursor"] is None
    stranger = http.as_(make_buyer().token).get(path).get_json()
    assert stranger["items"] == []
