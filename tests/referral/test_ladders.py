"""Rewards of ladders: promised, given and taken back as the invites stand, whatever comes first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.points.statements.queries import balance
from mall.referral.invites.states import ORDERED, QUALIFIED, VOID, WAITING
from mall.referral.ladders.attention import REFUSED_LADDERS
from mall.referral.ladders.defining import stop_campaign
from mall.referral.ladders.following import follow_invite
from mall.referral.ladders.jobs import try_refused
from mall.referral.ladders.settling import settle_step
from mall.rewards.commands import take_back
from mall.users.closing import close_account
from tests.support.bringing import POINTS, change_points_rule, points_rule
from tests.support.coupons import make_rule, make_template
from tests.support.invariants import rows_of
from tests.support.ladder_invites import change, invited
from tests.support.ladders import ladder, rung
from tests.support.orders import Buyer, make_buyer

Work = Callable[[], None]
FIRST = {"status": QUALIFIED, "orders_settled": 1}


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def hold() -> None:
    """What must hold of these rewards."""
    with transaction() as session:  # what jobs have an hour for
        session.execute(
            text("UPDATE referral_invites SET changed_at = changed_at - interval '2 hours'")
        )
        session.execute(
            text("UPDATE ladder_grants SET created_at = created_at - interval '2 hours'")
        )
    codes = ("I9a", "I9b", "I9d", "I9e", "I9f", "I9g", "I9h")
    assert {code: rows for code in codes if (rows := rows_of(code))} == {}


def rewards(buyer: Buyer) -> list[tuple[str, str]]:
    """Event and status of all that a shopper got, the oldest first; the campaign's id as `#`."""
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT regexp_replace(event, '^ladder:\\d+', '#') AS event, status"
                " FROM reward_grants WHERE user_id = :user_id ORDER BY id"
            ),
            {"user_id": buyer.user_id},
        ).all()
    return [(row.event, row.status) for row in rows]


def points_of(buyer: Buyer) -> int:
    with transaction() as session:
        return balance(session, buyer.user_id).available


def listed() -> list[tuple[str, int]]:
    """What staff see of refusals: the code, and how many steps."""
    assert REFUSED_LADDERS.query is not None
    with transaction() as session:
        return [(row.refusal, row.steps) for row in session.execute(REFUSED_LADDERS.query)]


def test_promised_with_the_first_order_given_when_qualified_gone_when_void(work: Work) -> None:
    ladder()
    me = make_buyer()
    invite_id = invited(me)
    for status, state, points in (
        (ORDERED, "pending", 0),
        (WAITING, "pending", 0),
        (QUALIFIED, "granted", POINTS),
        (VOID, "reversed", 0),
    ):
        change(invite_id, status=status, orders_settled=int(status == QUALIFIED))
        work()
        assert rewards(me) == [("#:0:1", state)]
        assert points_of(me) == points
    hold()


def test_each_rung_gives_its_own_and_each_shopper_stands_alone(work: Work) -> None:
    rules = [points_rule(name=str(number)) for number in (1, 2, 3)]
    ladder(*(rung("inviter", at, rule) for at, rule in zip((1, 2, 4), rules, strict=True)))
    me, other = make_buyer(), make_buyer()
    for _ in range(3):
        change(invited(me), **FIRST)
    change(invited(other), **FIRST)
    work()
    assert rewards(me) == [("#:0:1", "granted"), ("#:1:1", "granted")]
    assert rewards(other) == [("#:0:1", "granted")]
    change(invited(me))
    work()
    assert rewards(me)[2:] == [("#:2:1", "pending")]
    hold()


def test_two_for_one_repeats_to_its_limit_and_both_sides_are_rewarded(work: Work) -> None:
    old, new = points_rule(name="老客"), points_rule(name="新客")
    preset = {"inviter_rule_id": str(old), "invitee_rule_id": str(new), "times": 2}
    ladder(mode="one_to_two", **preset)
    me, friends = make_buyer(), [make_buyer() for _ in range(7)]
    for friend in friends:
        change(invited(me, invitee=friend), **FIRST)
    work()
    assert rewards(me) == [("#:0:1", "granted"), ("#:0:2", "granted")]
    for friend in friends:
        assert [state for _, state in rewards(friend)] == ["granted"]
        assert points_of(friend) == POINTS
    hold()


def test_by_the_orders_of_each_invitee(work: Work) -> None:
    first, third = points_rule(name="首单"), points_rule(name="三单")
    ladder(rung("per_invitee", 1, first), rung("per_invitee", 3, third))
    me = make_buyer()
    one, two = invited(me), invited(me)
    change(one, **FIRST)
    change(two, **FIRST)
    work()
    assert [state for _, state in rewards(me)] == ["granted", "granted"]
    change(one, orders_settled=3)
    work()
    assert rewards(me)[2:] == [(f"#:1:1:invite:{one}", "granted")]
    change(one, orders_settled=2)
    work()
    assert rewards(me)[2:] == [(f"#:1:1:invite:{one}", "reversed")]
    assert points_of(me) == 2 * POINTS
    hold()


def test_what_went_back_is_earned_again(work: Work) -> None:
    ladder()
    me = make_buyer()
    one = invited(me)
    change(one, **FIRST)
    work()
    change(one, status=VOID)
    work()
    assert rewards(me) == [("#:0:1", "reversed")]
    change(invited(me), **FIRST)
    work()
    assert rewards(me) == [("#:0:1", "reversed"), ("#:0:1:again:2", "granted")]
    assert points_of(me) == POINTS
    hold()


def test_a_given_reward_goes_back_while_another_invite_still_waits(work: Work) -> None:
    ladder()
    me = make_buyer()
    one, two = invited(me), invited(me)
    change(one, **FIRST)
    change(two)
    work()
    change(one, status=VOID)
    work()
    assert rewards(me) == [("#:0:1", "reversed"), ("#:0:1:again:2", "pending")]
    change(two, **FIRST)
    work()
    assert rewards(me)[1:] == [("#:0:1:again:2", "granted")]
    assert points_of(me) == POINTS
    hold()


@pytest.mark.parametrize("turn", range(6))
def test_events_in_any_order_and_twice_end_the_same(work: Work, turn: int) -> None:
    ladder(rung("inviter", 2, points_rule()))
    me = make_buyer()
    events = [change(invited(me), **FIRST), change(invited(me), **FIRST)]
    events.append(change(events[0].invite_id, status=VOID))
    for event in list(permutations(events))[turn]:
        for _ in range(2):
            with transaction() as session:
                follow_invite(session, event)
    work()
    assert rewards(me) == []
    last = change(events[0].invite_id, **FIRST)
    for event in (last, *events):
        with transaction() as session:
            follow_invite(session, event)
    work()
    assert rewards(me) == [("#:0:1", "granted")]
    hold()


def test_an_invite_counts_where_its_first_order_was_paid(work: Work) -> None:
    """Not after the end, nor after a stop; what was before goes on."""
    me = make_buyer()
    before = invited(me)
    campaign_id = ladder()
    with transaction() as session:
        session.execute(text("UPDATE orders SET paid_at = paid_at - interval '2 hours'"))
    inside = invited(me)
    stop_campaign(campaign_id, "预算用完")
    after = invited(me)
    for invite_id in (before, after):
        change(invite_id, **FIRST)
    work()
    assert rewards(me) == []
    change(inside, **FIRST)
    work()
    assert rewards(me) == [("#:0:1", "granted")]
    hold()


def test_a_rule_that_refuses_is_listed_and_tried_again(work: Work) -> None:
    rule_id = points_rule(budget=1)
    ladder(rung("inviter", 1, rule_id), rung("inviter", 2, rule_id))
    me = make_buyer()
    for _ in range(2):
        change(invited(me), **FIRST)
    work()
    assert rewards(me) == [("#:0:1", "granted")]
    assert listed() == [("reward_budget_spent", 1)]
    hold()
    change_points_rule(rule_id, budget=2)
    try_refused()
    work()
    assert rewards(me) == [("#:0:1", "granted"), ("#:1:1", "granted")]
    assert listed() == []
    hold()


def test_a_daily_cap_lets_the_rest_wait(work: Work) -> None:
    rule_id = points_rule(daily_cap=1)
    ladder(mode="one_to_one", inviter_rule_id=str(rule_id), invitee_rule_id=str(points_rule()))
    me = make_buyer()
    for _ in range(3):
        change(invited(me), **FIRST)
    work()
    assert [state for _, state in rewards(me)] == ["granted"]
    assert listed() == [("reward_daily_cap", 2)]
    with transaction() as session:
        session.execute(text("UPDATE reward_days SET day = day - 1"))
    try_refused()
    work()
    assert [state for _, state in rewards(me)] == ["granted", "granted"]
    assert listed() == [("reward_daily_cap", 1)]


def test_what_staff_took_back_stays_back(work: Work) -> None:
    ladder()
    me = make_buyer()
    invite_id = invited(me)
    change(invite_id, **FIRST)
    work()
    with transaction() as session:
        grant_id = session.scalars(text("SELECT grant_id FROM ladder_grants")).one()
    take_back(grant_id)
    change(invite_id, orders_settled=2)
    work()
    assert rewards(me) == [("#:0:1", "reversed")]
    hold()


def test_a_closed_account_gets_nothing(work: Work) -> None:
    ladder()
    me = make_buyer()
    invite_id = invited(me)
    change(invite_id)
    work()
    assert rewards(me) == [("#:0:1", "pending")]
    close_account(me.user_id)
    change(invite_id, **FIRST)
    work()
    assert rewards(me) == [("#:0:1", "canceled")]
    assert listed() == []
    hold()


def test_coupons_within_a_budget_in_fen(work: Work) -> None:
    rule_id = make_rule(make_template(way="reward"), budget=700, budget_unit="fen")
    ladder(rung("inviter", 1, rule_id), rung("invitee", 1, rule_id))
    me = make_buyer()
    change(invited(me), **FIRST)
    work()
    with transaction() as session:
        given = session.scalars(text("SELECT status FROM reward_grants")).all()
    assert given == ["granted"]
    assert listed() == [("reward_budget_spent", 1)]


def test_a_step_that_is_gone_is_no_matter() -> None:
    settle_step(987_654_321)
