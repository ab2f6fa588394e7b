"""Teams that end while somebody pays, leaves or is given back money; each with a control."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.groupbuy.errors import GroupTeamStands
from mall.groupbuy.orders import leaving
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams import closing, moving
from mall.groupbuy.teams.closing import close_due_teams
from mall.groupbuy.teams.models import GroupTeam
from mall.kernel.db import db, db_now, transaction
from mall.orders.models import Order
from mall.payments.closing import close_due_orders
from mall.payments.refunds.requesting import RequestedLine, request_refund
from tests.support.groupbuy import (
    carry_out_all,
    joined,
    make_activity,
    opened,
    refunds_arrive,
    seat_of,
    seats_of,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, lines_of, make_buyer, order_of
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.told_payments import start_payment, tell_payment

Call = Callable[[], object]
TURNS = 3


def time_is_over(*teams: int) -> None:
    """The teams' time is over, and so is the time to pay of their unpaid orders."""
    with transaction() as session:
        past = db_now(session) - timedelta(seconds=1)
        session.execute(
            update(GroupTeam).where(GroupTeam.id.in_(teams)).values(expires_at=past),
        )
        session.execute(update(Order).where(Order.status == "unpaid").values(expires_at=past))


def unpaid_seat(team_id: int) -> str:
    """A seat whose payment was started."""
    order_no = joined(team_id, paid=False)
    start_payment(order_no)
    return order_no


def steps_of(team_id: int) -> list[str]:
    """Where the steps of a team led."""
    db.session.rollback()
    find = text("SELECT to_status FROM groupbuy_transitions WHERE team_id = :id ORDER BY id")
    return list(db.session.scalars(find, {"id": team_id}))


def refunds_in_all(team_id: int) -> Counter[tuple[str, int]]:
    """(order, fen) of every refund of the team's orders."""
    db.session.rollback()
    find = text(
        """SELECT o.order_no, r.amount_fen FROM refunds r JOIN orders o ON o.id = r.order_id
        JOIN groupbuy_members m ON m.order_id = o.id WHERE m.team_id = :id"""
    )
    return Counter(tuple(row) for row in db.session.execute(find, {"id": team_id}))


def settle_all(*teams: int) -> None:
    """What sweeps and jobs do later."""
    close_due_orders()
    while close_due_teams():
        pass
    carry_out_all()


# -- the end against the last payment --------------------------------------------------------


def test_the_last_payment_counts_or_its_order_was_closed_first(app: Flask) -> None:
    """Who pays while time runs out: never a member of a failed team without a refund, never a
    payment that is lost."""
    for turn in range(4):
        team_id = opened(make_activity({3: 9_000}))
        joined(team_id)
        order_no = unpaid_seat(team_id)
        time_is_over(team_id)
        calls: list[Call] = [partial(tell_payment, order_no), close_due_orders, close_due_teams]
        with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.05):
            told = together(app, calls[turn % 3 :] + calls[: turn % 3])[-turn % 3]
        settle_all(team_id)
        if told == "applied":
            assert seats_of(team_id) == ("settled", 0, 3, 0)
            assert not refunds_in_all(team_id)
        else:
            assert told == "returned"
            assert seats_of(team_id) == ("failed", 0, 2, 0)
            assert sum(refunds_in_all(team_id).values()) == 3, "each payment goes back once"
    check_invariants()


def test_control_a_sweep_that_doesnt_count_unpaid_seats_fails_a_team_that_is_being_paid(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = [text(find.text.replace("AND reserved = 0", "")) for find in closing.FIND_DUE]
    monkeypatch.setattr(closing, "FIND_DUE", careless)
    name = "_FAIL"
    careful = str(getattr(moving, name))
    monkeypatch.setattr(moving, name, text(careful.replace("AND reserved = 0", "")))
    team_id = opened(make_activity({3: 9_000}))
    joined(team_id)
    order_no = unpaid_seat(team_id)
    time_is_over(team_id)
    close_due_teams()
    assert tell_payment(order_no) == "applied"
    settle_all(team_id)
    assert seats_of(team_id) == ("failed", 0, 3, 0)
    assert not any(order == order_no for order, _ in refunds_in_all(team_id))


def test_a_payment_told_four_times_while_the_team_ends_is_one_seat(app: Flask) -> None:
    """What keeps a second telling out is the lock on the order: its control stands in
    `test_payments.py`."""
    team_id = opened(make_activity({2: 9_000, 3: 8_000}))
    joined(team_id)
    order_no = unpaid_seat(team_id)
    time_is_over(team_id)
    calls: list[Call] = [partial(tell_payment, order_no)] * 4
    with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.05):
        told = together(app, [*calls, close_due_teams, close_due_teams])
    assert Counter(told[:4]) == {"applied": 1, "repeated": 3}
    settle_all(team_id)
    assert seats_of(team_id) == ("settled", 0, 3, 0)
    assert team_of(team_id).tier_size == 3
    assert [fen for _, fen in refunds_in_all(team_id).elements()] == [1_000] * 3
    check_invariants()


# -- two sweeps ------------------------------------------------------------------------------


def teams_whose_time_is_over(count: int) -> list[int]:
    activity_id = make_activity({2: 9_000}, stock_units=2 * count)
    teams = [opened(activity_id) for _ in range(count)]
    time_is_over(*teams)
    return teams


def test_two_sweeps_end_each_team_once(app: Flask) -> None:
    teams = teams_whose_time_is_over(8)
    with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.02):
        ended = together(app, [close_due_teams] * 3)
    assert sum(int(str(count)) for count in ended) == len(teams)
    assert [steps_of(one)[2:] for one in teams] == [["failed"]] * len(teams)
    settle_all()
    assert [sum(refunds_in_all(one).values()) for one in teams] == [1] * len(teams)
    check_invariants()


def test_control_without_lock_and_condition_a_team_ends_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = str(moving._FAIL).replace("AND status = :status AND reserved = 0", "")
    monkeypatch.setattr(moving, "_FAIL", text(careless))
    (team_id,) = teams_whose_time_is_over(1)
    slow = slow_writes("groupbuy_teams", of="UPDATE", seconds=0.3)
    with without_row_locks("groupbuy_teams"), slow:
        together(app, [close_due_teams] * 2)
    assert steps_of(team_id)[2:] == ["failed", "failed"]


# -- leaving ---------------------------------------------------------------------------------


def leave(buyer: Buyer, team_id: int) -> None:
    leave_team(buyer.user_id, team_id)


def test_who_leaves_as_the_team_ends_is_paid_back_once(app: Flask) -> None:
    for turn in range(TURNS):
        member, team_id = make_buyer(), opened(make_activity({3: 9_000}))
        joined(team_id, member)
        time_is_over(team_id)
        calls: list[Call] = [partial(leave, member, team_id), close_due_teams]
        with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.05):
            outcomes = together(app, calls if turn % 2 else calls[::-1])
        left = outcomes[0 if turn % 2 else 1]
        assert left is None or isinstance(left, GroupTeamStands)
        settle_all(team_id)
        assert seats_of(team_id) == ("failed", 0, 1 if left is None else 2, 0)
        assert list(refunds_in_all(team_id).values()) == [1, 1]
    check_invariants()


def test_who_leaves_as_the_last_payment_comes_is_out_or_the_team_stands(app: Flask) -> None:
    for turn in range(TURNS):
        member, team_id = make_buyer(), opened(make_activity({3: 9_000}))
        joined(team_id, member)
        order_no = unpaid_seat(team_id)
        calls: list[Call] = [partial(leave, member, team_id), partial(tell_payment, order_no)]
        with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.05):
            outcomes = together(app, calls if turn % 2 else calls[::-1])
        left, paid = outcomes if turn % 2 else outcomes[::-1]
        assert paid == "applied"
        if left is None:
            assert seats_of(team_id) == ("forming", 0, 2, 0)
        else:
            assert isinstance(left, GroupTeamStands)
            assert seats_of(team_id) == ("formed", 0, 3, 0)
    check_invariants()


def test_control_who_only_looks_leaves_a_team_that_stands(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, team_id = make_buyer(), opened(make_activity({3: 9_000}))
    joined(team_id, member)
    order_no = unpaid_seat(team_id)
    looked, is_paid = threading.Event(), threading.Event()

    def look(session: Session, team: int) -> GroupTeam | None:
        found = session.get(GroupTeam, team)
        looked.set()
        assert is_paid.wait(30)
        return found

    def pay() -> str:
        assert looked.wait(30)
        told = tell_payment(order_no)
        is_paid.set()
        return told

    monkeypatch.setattr(leaving, "lock_team", look)
    calls: list[Call] = [partial(leave, member, team_id), pay]
    assert together(app, calls) == [None, "applied"]
    assert seats_of(team_id) == ("formed", 0, 2, 0)


def leader_and_next(app: Flask) -> tuple[int, Buyer, list[Any]]:
    """The leader and the member who is next leave at once; a third one stays."""
    leader, following, third = (make_buyer() for _ in range(3))
    team_id = opened(make_activity({4: 9_000}), leader)
    joined(team_id, following)
    joined(team_id, third)
    calls: list[Call] = [partial(leave, one, team_id) for one in (leader, following)]
    with slow_writes("groupbuy_members", of="UPDATE", seconds=0.2):
        return team_id, third, together(app, calls)


def test_a_team_is_handed_over_to_one_who_stays(app: Flask) -> None:
    for _ in range(TURNS):
        team_id, third, left = leader_and_next(app)
        assert left == [None, None]
        assert (team_of(team_id).leader_id, seats_of(team_id)) == (
            third.user_id,
            ("forming", 0, 1, 0),
        )
    check_invariants()


def test_control_without_the_lock_one_who_is_gone_leads(app: Flask) -> None:
    with without_row_locks("groupbuy_teams"):
        for _ in range(8):
            team_id, third, _ = leader_and_next(app)
            if team_of(team_id).leader_id != third.user_id:
                return
    pytest.fail("each was handed over to one who stays")


# -- settling --------------------------------------------------------------------------------


def settled_seat(units: int = 2) -> str:
    """The order of a member whose team was settled at a thousand fen a unit less; that is due."""
    team_id = opened(make_activity({2: 9_000, 3: 8_000}))
    order_no = joined(team_id, units=units)
    joined(team_id)
    carry_out_all()
    time_is_over(team_id)
    close_due_teams()
    return order_no


def test_two_workers_give_the_difference_once(app: Flask) -> None:
    for _ in range(TURNS):
        order_no = settled_seat()
        member_id = seat_of(order_no).id
        with slow_writes("refunds", of="INSERT", seconds=0.1):
            assert together(app, [partial(carry_out, member_id)] * 3) == [None] * 3
        assert seat_of(order_no).difference_fen == order_of(order_no).refunding_fen == 2_000
    settle_all()
    check_invariants()


def test_control_without_the_order_s_lock_it_is_given_again(app: Flask) -> None:
    """The unique index then refuses the second one: money is never given twice."""
    order_no = settled_seat()
    with slow_writes("refunds", of="INSERT", seconds=0.3), without_row_locks("orders"):
        outcomes = together(app, [partial(carry_out, seat_of(order_no).id)] * 2)
    assert [one for one in outcomes if one is not None]
    assert order_of(order_no).refunding_fen == 2_000


def give_one_back(order_no: str) -> str:
    asked = RequestedLine(lines_of(order_no)[0].id, 1)
    return request_refund(order_no, [asked], 0, "破损")


def kept_for(app: Flask) -> int:
    """What a shopper who keeps one unit of two has paid for it, when staff give the other one
    back while the difference is given; in fen."""
    order_no = settled_seat()
    calls: list[Call] = [
        partial(carry_out, seat_of(order_no).id),
        partial(give_one_back, order_no),
    ]
    with slow_writes("refunds", of="INSERT"):
        together(app, calls)
    refunds_arrive(order_no)
    settle_all()
    refunds_arrive(order_no)
    order = order_of(order_no)
    return order.paid_fen - order.refunded_fen


def test_a_return_beside_the_settling_costs_the_tier_price(app: Flask) -> None:
    assert {kept_for(app) for _ in range(TURNS)} == {8_000}
    check_invariants()


def test_control_without_the_order_s_lock_it_costs_less_or_more(app: Flask) -> None:
    with without_row_locks("orders"):
        assert kept_for(app) != 8_000
