"""What members get back once their team is settled: the difference to its tier, once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.aftersales import applying, deciding
from mall.aftersales.reasons import REFUND_ONLY
from mall.groupbuy.settlement import jobs
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams.closing import close_due_teams
from mall.orders.prices import PriceChange
from mall.payments.refunds.cancelling import cancel_refund
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.payments.repricing import change_price
from mall.shipping import commands as shipping
from tests.support.groupbuy import (
    carry_out_all,
    joined,
    make_activity,
    members_of,
    opened,
    opening,
    pay_seat,
    placed,
    refunds_arrive,
    refunds_of,
    seat_of,
    seats_of,
    settled,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, lines_of, make_buyer, order_of
from tests.support.races import execute

CHEAPER = {2: 9_000, 3: 8_000}
"""With a third member a unit costs 80 yuan instead of 90."""


@pytest.fixture(autouse=True)
def _app(app: Flask) -> Iterator[None]:
    """Each test has an app and a database of its own; at its end everything must hold."""
    yield
    check_invariants()


def team_of_three(units: int = 1, **activity: object) -> tuple[int, str, Buyer]:
    """A formed team that reaches its second tier: its id, and the order of its last member."""
    member = make_buyer()
    team_id = opened(make_activity({2: 9_000, 3: 8_000, 9: 7_000}, **activity))
    joined(team_id)
    return team_id, joined(team_id, member, units), member


def asked_back(order_no: str, units: int, buyer: Buyer) -> str:
    """A shopper's after-sale of units of the first line: its number."""
    lines = {lines_of(order_no)[0].id: units}
    return applying.apply(
        buyer.user_id,
        order_no,
        REFUND_ONLY,
        lines,
        reason="not_wanted",
        description="",
        pictures=[],
    )


def refunded(order_no: str, units: int) -> str:
    """Staff's refund of units of the first line, on its way: its number."""
    line = RequestedLine(lines_of(order_no)[0].id, units)
    return request_refund(order_no, [line], 0, "破损")


def test_a_difference_is_given_once_however_often_it_is_asked_for() -> None:
    team_id, order_no, _ = team_of_three(units=2)
    settled(team_id)
    for _ in range(2):
        carry_out(seat_of(order_no).id)
    assert refunds_of(order_no) == [("groupbuy:tier:", 2_000)]
    assert seat_of(order_no).difference_fen == 2_000
    jobs.carry_out_overdue.run()


def test_a_later_return_pays_the_tier_price() -> None:
    team_id, order_no, _ = team_of_three(units=2)
    settled(team_id)
    refunds_arrive(order_no)
    refunded(order_no, 1)
    assert refunds_of(order_no)[-1] == ("staff", 8_000)


def test_units_that_went_back_before_get_no_difference() -> None:
    team_id, order_no, _ = team_of_three(units=2)
    refunded(order_no, 1)
    refunds_arrive(order_no)
    settled(team_id)
    assert refunds_of(order_no) == [("staff", 9_000), ("groupbuy:tier:", 1_000)]


def test_the_difference_waits_for_a_refund_that_may_be_called_off() -> None:
    """Else it would be given for one unit, and the shopper keeps two."""
    team_id, order_no, _ = team_of_three(units=2)
    refund_no = refunded(order_no, 1)
    settled(team_id)
    assert (seat_of(order_no).due, seat_of(order_no).due_tries) == ("settle", 0)
    execute("UPDATE refunds SET status = 'failed' WHERE cause = 'staff'")
    cancel_refund(refund_no)
    execute("UPDATE groupbuy_members SET due_since = due_since - interval '3 minutes'")
    jobs.carry_out_overdue.run()
    assert refunds_of(order_no) == [("groupbuy:tier:", 2_000)]
    assert seat_of(order_no).due is None


@pytest.mark.parametrize(
    ("approved", "given"),
    [
        (True, [("aftersales", 9_000), ("groupbuy:t", 1_000)]),
        (False, [("groupbuy:t", 2_000)]),
    ],
)
def test_the_difference_waits_for_an_open_after_sale(
    approved: bool, given: list[tuple[str, int]]
) -> None:
    """Its amount was fixed when it was asked for: a rebate meanwhile would leave too little."""
    team_id, order_no, member = team_of_three(units=2)
    number = asked_back(order_no, 1, member)
    settled(team_id)
    assert refunds_of(order_no) == []
    assert order_of(order_no).hold_reason is None
    if approved:
        deciding.approve(number, "", None)
        refunds_arrive(order_no)
    else:
        applying.cancel(member.user_id, number)
    carry_out_all()
    assert [(cause[:10], fen) for cause, fen in refunds_of(order_no)] == given


def test_a_leaders_own_price_counts() -> None:
    activity_id = make_activity(CHEAPER, leader_price_fen=8_500)
    leader = make_buyer()
    seat = placed(leader, opening(activity_id), sku_id=sku_of(activity_id))
    pay_seat(seat.order_no)
    team_id = team_by_code(seat.team_code).id
    orders = [joined(team_id), joined(team_id)]
    settled(team_id)
    assert [refunds_of(one) for one in (seat.order_no, *orders)] == [
        [("groupbuy:tier:", 500)],
        [("groupbuy:tier:", 1_000)],
        [("groupbuy:tier:", 1_000)],
    ]


def test_a_leader_who_pays_less_than_the_tier_gets_nothing_back() -> None:
    activity_id = make_activity(CHEAPER, leader_price_fen=7_000)
    team_id = opened(activity_id)
    joined(team_id)
    joined(team_id)
    settled(team_id)
    assert [one.difference_fen for one in members_of(team_id)] == [0, 1_000, 1_000]


@pytest.mark.parametrize(("goods_fen", "given_fen"), [(17_001, 1_001), (16_000, 0), (5_000, 0)])
def test_what_staff_took_off_counts_as_given(goods_fen: int, given_fen: int) -> None:
    """Two units for 180.00, 160.00 at the tier."""
    team_id = opened(make_activity(CHEAPER))
    joined(team_id)
    order_no = joined(team_id, units=2, paid=False)
    change = PriceChange(goods_payable_fen=goods_fen)
    change_price(order_no, change, by="staff", reason="优惠")
    pay_seat(order_no)
    settled(team_id)
    assert seat_of(order_no).difference_fen == given_fen
    assert sum(fen for _, fen in refunds_of(order_no)) == given_fen


def test_a_chosen_tier_has_no_difference() -> None:
    activity_id = make_activity({2: 9_000, 3: 8_000}, mode="chosen")
    leader = make_buyer()
    seat = placed(leader, opening(activity_id, 3), sku_id=sku_of(activity_id))
    pay_seat(seat.order_no)
    team_id = team_by_code(seat.team_code).id
    orders = [joined(team_id), joined(team_id)]
    assert seats_of(team_id) == ("formed", 0, 3, 0)
    close_due_teams()
    carry_out_all()
    assert (team_of(team_id).status, team_of(team_id).tier_size) == ("settled", 3)
    assert [refunds_of(one) for one in orders] == [[], []]
    assert {line.payable_fen for one in orders for line in lines_of(one)} == {8_000}


def test_who_gives_everything_back_leaves_the_tier_to_the_others() -> None:
    """Also when the goods had been sent and received: the order isn't closed then."""
    team_id, order_no, _ = team_of_three()
    carry_out_all()
    shipping.ship(order_no, "ZTO", "A0001", {lines_of(order_no)[0].id: 1})
    execute(
        "UPDATE orders SET status = 'completed', completed_at = now() WHERE status = 'shipped'",
        "INSERT INTO order_transitions (order_id, from_status, to_status, cause)"
        " SELECT id, 'shipped', 'completed', 'x' FROM orders WHERE status = 'completed'",
    )
    refunded(order_no, 1)
    refunds_arrive(order_no)
    assert order_of(order_no).status == "completed"
    assert (seat_of(order_no).seat, seats_of(team_id)) == (False, ("formed", 0, 2, 0))
    settled(team_id)
    assert team_of(team_id).tier_size == 2
    assert {one.difference_fen for one in members_of(team_id)} == {0}
