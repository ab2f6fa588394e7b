"""Many want the same few seats, or one shopper presses on two phones; each with a control."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.errors import (
    GroupMemberAlready,
    GroupNewOnly,
    GroupTeamFull,
    GroupTeamsLimit,
    GroupUnitsLimit,
)
from mall.groupbuy.orders import claiming
from mall.groupbuy.orders.choice import Choice, Joining
from mall.groupbuy.orders.taking import Seat, take_seat
from mall.groupbuy.orders.terms import Terms
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.prepared import PreparedStatement
from tests.support.catalog import make_sku
from tests.support.groupbuy import (
    activity_terms,
    joined,
    make_activity,
    members_of,
    opened,
    opening,
    placed,
    seats_of,
    sku_of,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.orders import Buyer, make_buyer
from tests.support.races import (
    Rendezvous,
    held_inserts,
    slow_writes,
    together,
    without,
)
from tests.support.told_payments import start_payment, tell_payment
from tests.support.waiting import eventually

CROWD, AT_ONCE, SEATS = 200, 40, 3
Call = Callable[[], object]


def sit(buyer: Buyer, choice: Choice, sku_id: int, count: int = 1) -> str:
    """A seat of a team; the order that holds it."""
    return placed(buyer, choice, count, sku_id=sku_id).order_no


def sit_one_by_one(buyers: list[Buyer], choice: Choice, sku_id: int) -> list[object]:
    """What becomes of each, one after the other: there are fewer connections than shoppers."""
    outcomes: list[object] = []
    for buyer in buyers:
        try:
            outcomes.append(sit(buyer, choice, sku_id))
        except MallError as refusal:
            outcomes.append(refusal)
    return outcomes


def as_list(outcome: object) -> list[object]:
    return outcome if isinstance(outcome, list) else [outcome]


def kinds(outcomes: list[Any]) -> Counter[str]:
    """How often it worked, and how often each refusal came."""
    return Counter(type(one).__name__ for one in outcomes)


def count_of(table: str) -> int:
    db.session.rollback()
    return db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


# -- the last seats ----------------------------------------------------------------------


def test_of_a_crowd_as_many_sit_down_as_there_are_seats(app: Flask) -> None:
    """Nobody has an order without a seat, and no unit is held by who was refused."""
    sku_id = stock(make_sku(10_000), 300)
    team_id = opened(make_activity({2: 9_000, 5: 8_000}, sku_id=sku_id, stock_units=250))
    joined(team_id)
    crowd = [make_buyer() for _ in range(CROWD)]
    queues: list[Call] = [
        partial(sit_one_by_one, crowd[first::AT_ONCE], Joining(team_id), sku_id)
        for first in range(AT_ONCE)
    ]
    outcomes = [one for queue in together(app, queues) for one in as_list(queue)]
    assert kinds(outcomes) == {"str": SEATS, GroupTeamFull.__name__: CROWD - SEATS}
    assert seats_of(team_id) == ("formed", SEATS, 2, 0)
    assert (count_of("orders"), len(members_of(team_id))) == (2 + SEATS, 2 + SEATS)
    assert units(sku_id) == Units(50, reserved=248, sold=2), "50 on the shelf, 245 set aside"
    orders = [one for one in outcomes if isinstance(one, str)]
    for order_no in orders:
        start_payment(order_no)
    paid: list[Call] = [partial(tell_payment, order_no) for order_no in orders]
    assert together(app, paid) == ["applied"] * SEATS
    assert seats_of(team_id) == ("formed", 0, 5, 0)
    check_invariants()


SEATS_LEFT = text("SELECT reserved, seats_left FROM groupbuy_teams WHERE id = :team_id")
SIT_DOWN = text("UPDATE groupbuy_teams SET reserved = :reserved WHERE id = :team_id")
TAKE_UNITS = text("UPDATE groupbuy_skus SET sold = sold + :units WHERE sku_id = :sku_id")
BE_MEMBER = text(
    """
    INSERT INTO groupbuy_members
        (team_id, activity_id, user_id, order_id, sku_id, units, unit_price_fen)
    VALUES (:team_id, :activity_id, :user_id, :order_id, :sku_id, :units, :unit_price_fen)
    """
)


def test_control_who_reads_first_sits_down_beside_the_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    team_id = opened(make_activity({2: 9_000}))
    all_have_read = Rendezvous(4)

    def careless(session: Session, terms: Terms, member: dict[str, Any]) -> Seat:
        values = {**member, "team_id": team_id, "activity_id": terms.activity_id}
        seats = session.execute(SEATS_LEFT, values).one()
        all_have_read()
        assert seats.seats_left > 0
        for statement in (SIT_DOWN, TAKE_UNITS, BE_MEMBER):
            session.execute(statement, {**values, "reserved": seats.reserved + 1})
        return Seat(team_id, "forming")

    monkeypatch.setattr(claiming, take_seat.__name__, careless)
    sku_id = sku_of(team_of(team_id).activity_id)
    calls: list[Call] = [partial(sit, make_buyer(), Joining(team_id), sku_id) for _ in range(4)]
    together(app, calls)
    assert (seats_of(team_id), len(members_of(team_id))) == (("forming", 1, 1, 0), 5)


# -- one shopper, two phones ---------------------------------------------------------------


def test_two_phones_have_one_seat_of_a_team(app: Flask) -> None:
    team_id = opened(make_activity({2: 9_000, 5: 8_000}))
    buyer, sku_id = make_buyer(), sku_of(team_of(team_id).activity_id)
    calls: list[Call] = [partial(sit, buyer, Joining(team_id), sku_id)] * 4
    with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.05):
        outcomes = together(app, calls)
    assert kinds(outcomes) == {"str": 1, GroupMemberAlready.__name__: 3}
    assert (seats_of(team_id), count_of("orders")) == (("forming", 1, 1, 0), 2)
    check_invariants()


def test_control_without_the_index_a_shopper_has_two_seats(app: Flask) -> None:
    name = "uq_groupbuy_members_team_id_user_id"
    team_id = opened(make_activity({2: 9_000, 5: 8_000}))
    buyer, sku_id = make_buyer(), sku_of(team_of(team_id).activity_id)
    restore = f"CREATE UNIQUE INDEX {name} ON groupbuy_members (team_id, user_id) WHERE seat"
    with without(f"DROP INDEX {name}", restore, table="groupbuy_members"):
        calls: list[Call] = [partial(sit, buyer, Joining(team_id), sku_id)] * 2
        assert kinds(together(app, calls)) == {"str": 2}


def in_two_teams(app: Flask, **more: Any) -> tuple[list[Any], Buyer]:
    """One shopper joins two teams of an activity at once, with two units each."""
    activity_id, buyer = make_activity({2: 9_000, 5: 8_000}, **more), make_buyer()
    teams = [opened(activity_id) for _ in range(2)]
    sku_id = sku_of(activity_id)
    calls: list[Call] = [partial(sit, buyer, Joining(one), sku_id, 2) for one in teams]
    return together(app, calls), buyer


def test_two_teams_at_once_keep_the_limit_of_units(app: Flask) -> None:
    for _ in range(3):
        outcomes, _ = in_two_teams(app, order_units=2, shopper_units=3)
        assert kinds(outcomes) == {"str": 1, GroupUnitsLimit.__name__: 1}
    check_invariants()


def test_control_without_the_condition_too_many_units_are_bought(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_bound(monkeypatch, "_UNITS", "WHERE s.units + excluded.units <= ", "WHERE 0 < ")
    outcomes, _ = in_two_teams(app, order_units=2, shopper_units=3)
    assert kinds(outcomes) == {"str": 2}


def without_bound(monkeypatch: pytest.MonkeyPatch, name: str, bound: str, none: str) -> None:
    """Take a condition out of a prepared statement of `claiming`."""
    careful: PreparedStatement = getattr(claiming, name)
    careless = copy(careful)
    assert bound in careful.sql
    careless.sql = careful.sql.replace(bound, none)
    monkeypatch.setattr(claiming, name, careless)


def two_openings(app: Flask) -> list[Any]:
    """One shopper, who may lead one team, opens two at once, of two SKUs that share no row."""
    skus = [stock(make_sku(10_000, spec_values=(size,)), 100) for size in ("大", "小")]
    terms = activity_terms(sku_id=skus[0], open_teams=1)
    with transaction() as session:
        change = text("UPDATE skus SET spu_id = :spu_id WHERE id = :id")
        session.execute(change, {"id": skus[1], "spu_id": terms["spu_id"]})
    activity_id = make_activity(
        sku_id=skus[0],
        open_teams=1,
        skus=[{"sku_id": sku, "stock": 9, "leader_price_fen": None} for sku in skus],
        tier_sets=[
            {
                "name": "档位1",
                "tiers": [
                    {"size": 2, "prices": [{"sku_id": sku, "price_fen": 9_000} for sku in skus]}
                ],
            }
        ],
    )
    buyer = make_buyer()
    calls: list[Call] = [partial(sit, buyer, opening(activity_id), sku) for sku in skus]
    return together(app, calls)


def test_a_shopper_opens_no_more_teams_than_they_may(app: Flask) -> None:
    for _ in range(3):
        assert kinds(two_openings(app)) == {"str": 1, GroupTeamsLimit.__name__: 1}
    check_invariants()


def test_control_who_counts_before_the_other_is_there_opens_two(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row of the shopper, which is locked before the count, is left out."""
    both_have_counted, led = Rendezvous(2), claiming._LED

    class NoRow:
        def first(self, _session: Session, **_values: object) -> object:
            return True

    class Counted:
        def first(self, session: Session, **values: object) -> object:
            found = led.first(session, **values)
            both_have_counted()
            return found

    monkeypatch.setattr(claiming, "_UNITS", NoRow())
    monkeypatch.setattr(claiming, "_LED", Counted())
    assert kinds(two_openings(app)) == {"str": 2}


# -- a team for new customers --------------------------------------------------------------


def new_only() -> list[tuple[int, int]]:
    """Two teams that new customers may join, of two activities: team and SKU of each."""
    activities = [make_activity({2: 9_000, 5: 8_000}, join_audience="new") for _ in range(2)]
    return [(opened(one), sku_of(one)) for one in activities]


def test_a_new_customer_joins_one_of_two_teams_at_once(app: Flask) -> None:
    for _ in range(3):
        assert kinds(two_as_new(app)) == {"str": 1, GroupNewOnly.__name__: 1}
    check_invariants()


def test_control_without_the_row_of_newcomers_both_are_joined(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_NEWCOMER", PreparedStatement("SELECT :user_id + :order_id"))
    assert kinds(two_as_new(app)) == {"str": 2}


def two_as_new(app: Flask) -> list[Any]:
    buyer = make_buyer()
    calls: list[Call] = [partial(sit, buyer, Joining(team), sku) for team, sku in new_only()]
    return together(app, calls)


_WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")


def while_the_first_is_paid(app: Flask) -> Any:
    """A new customer joins another team while the payment of the first seat, which forms its
    team, isn't committed; it is once the other order waits for it, or was refused."""
    (first, sku_id), (second, other_sku_id) = new_only()
    buyer = make_buyer()
    order_no = sit(buyer, Joining(first), sku_id)
    start_payment(order_no)

    is_answered = threading.Event()

    def join() -> str:
        try:
            return sit(buyer, Joining(second), other_sku_id)
        finally:
            is_answered.set()

    def let_it_commit() -> None:
        eventually(lambda: is_answered.is_set() or bool(db.session.scalar(_WAITING)), pause_s=0.01)
        let_go()

    with held_inserts("groupbuy_transitions") as let_go:
        calls: list[Call] = [
            partial(tell_payment, order_no),
            join,
            let_it_commit,
        ]
        paid, joined_second, _ = together(app, calls)
    assert paid == "applied"
    return joined_second


def test_who_is_just_paying_isnt_new_in_another_team(app: Flask) -> None:
    assert isinstance(while_the_first_is_paid(app), GroupNewOnly)
    check_invariants()
