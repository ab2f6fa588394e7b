"""A team's life by its commands: opened, joined, formed, settled, failed, left."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.errors import (
    GroupActivityNotOpen,
    GroupMemberAlready,
    GroupNewOnly,
    GroupSoldOut,
    GroupTeamFull,
    GroupTeamOver,
    GroupTeamStands,
    GroupTeamUnpaid,
    GroupUnitsLimit,
    GroupWaits,
)
from mall.groupbuy.orders.choice import Joining
from mall.groupbuy.orders.leaving import leave_team
from mall.kernel.db import db, transaction
from mall.payments.refunds.requesting import RequestedLine, request_refund
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    let_expire,
    make_activity,
    members_of,
    opened,
    opening,
    placed,
    seats_of,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.orders import buy, lines_of, make_buyer, make_goods, order_of, pay, write_payment


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def test_a_team_is_opened_formed_and_settled_at_the_tier_it_reached() -> None:
    activity_id = make_activity()
    team_id = opened(activity_id)
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    orders = [joined(team_id) for _ in range(4)]
    assert seats_of(team_id) == ("formed", 0, 5, 0)
    carry_out_all()
    assert order_of(orders[0]).hold_reason is None
    expire(team_id)
    carry_out_all()
    team = team_of(team_id)
    assert (team.status, team.tier_size) == ("settled", 5)
    assert {one.difference_fen for one in members_of(team_id)} == {1_000}
    assert {one.due for one in members_of(team_id)} == {None}
    check_invariants()


def test_a_team_that_too_few_joined_fails_and_everybody_gets_all_back() -> None:
    team_id = opened(make_activity({3: 9_000}))
    order_no = joined(team_id)
    expire(team_id)
    carry_out_all()
    assert team_of(team_id).status == "failed"
    order = order_of(order_no)
    assert order.refunding_fen == order.paid_fen > 0
    check_invariants()


def test_who_may_not_join() -> None:
    activity_id = make_activity({2: 9_000, 3: 8_000}, stock_units=6, shopper_units=5)
    leader, sku_id = make_buyer(), sku_of(activity_id)
    unpaid = placed(leader, opening(activity_id), sku_id=sku_id)
    with pytest.raises(GroupTeamUnpaid):
        joined(team_by_code(unpaid.team_code).id)
    team_id = opened(activity_id, leader)
    with pytest.raises(GroupMemberAlready):
        joined(team_id, leader)
    with pytest.raises(GroupUnitsLimit):
        joined(team_id, units=6)
    with pytest.raises(GroupSoldOut):
        joined(team_id, units=5)
    joined(team_id, paid=False)
    joined(team_id)
    with pytest.raises(GroupTeamFull):
        joined(team_id)
    db.session.rollback()
    assert seats_of(team_id) == ("formed", 1, 2, 0)
    check_invariants()


def test_a_customer_joins_no_team_for_new_ones() -> None:
    team_id = opened(make_activity(join_audience="new"))
    customer = make_buyer()
    order_no = buy(customer, {make_goods(): 1})
    pay(order_no)
    write_payment(order_no)
    with pytest.raises(GroupNewOnly):
        joined(team_id, customer)
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    check_invariants()


def test_nobody_joins_a_team_whose_time_is_over() -> None:
    team_id = opened(make_activity())
    expire(team_id)
    with pytest.raises(GroupTeamOver):
        placed(make_buyer(), Joining(team_id), sku_id=sku_of(team_of(team_id).activity_id))


@pytest.mark.parametrize(
    "times",
    [
        "starts_at = now() + interval '1 minute', ends_at = now() + interval '1 hour'",
        "starts_at = now() - interval '1 hour', ends_at = now()",
    ],
)
def test_no_team_is_opened_outside_the_activitys_time(times: str) -> None:
    """Whatever the sweeps have seen of it."""
    activity_id = make_activity()
    with transaction() as session:
        session.execute(text(f"UPDATE groupbuy_activities SET {times}"))
    with pytest.raises(GroupActivityNotOpen):
        placed(make_buyer(), opening(activity_id), sku_id=sku_of(activity_id))


def test_the_deadline_is_a_column_not_a_sweep() -> None:
    team_id = opened(make_activity())
    let_expire(team_id)
    with pytest.raises(GroupTeamOver):
        placed(make_buyer(), Joining(team_id), sku_id=sku_of(team_of(team_id).activity_id))
    assert (seats_of(team_id)[0], len(members_of(team_id))) == ("forming", 1)


def test_an_order_that_waits_for_its_team_isnt_refunded() -> None:
    order_no = joined(opened(make_activity({3: 9_000})))
    (line,) = lines_of(order_no)
    with pytest.raises(GroupWaits):
        request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不要了")
    assert order_of(order_no).refunding_fen == 0


def test_a_leader_who_leaves_hands_the_team_over() -> None:
    leader, member = make_buyer(), make_buyer()
    team_id = opened(make_activity({3: 9_000}), leader)
    joined(team_id, member)
    leave_team(leader.user_id, team_id)
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    assert team_of(team_id).leader_id == member.user_id
    leave_team(member.user_id, team_id)
    expire(team_id)
    assert seats_of(team_id) == ("failed", 0, 0, 0)
    check_invariants()


def test_a_formed_team_isnt_left() -> None:
    leader = make_buyer()
    team_id = opened(make_activity(), leader)
    joined(team_id)
    with pytest.raises(GroupTeamStands):
        leave_team(leader.user_id, team_id)
