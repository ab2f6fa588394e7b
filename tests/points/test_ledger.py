"""The ledger: what is given, held, spent, taken back and expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select, update

from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import expire_batch
from mall.points.ledger.models import PointsLot
from mall.points.ledger.posting import Reversed
from mall.points.ledger.validity import end_of_day, valid_until
from mall.points.settings import VALID_DAYS
from mall.users.closing import close_account
from mall.users.erasing import erase_at_once
from tests.support.invariants import check_invariants
from tests.support.points import (
    figures,
    give,
    give_back,
    hold,
    make_due,
    release,
    reverse,
    settle,
    thaw,
)
from tests.support.settings import set_setting
from tests.support.shop_time import other_time, set_time
from tests.support.users import make_shopper


@pytest.fixture
def shopper(app: Flask) -> Iterator[int]:
    yield make_shopper()[0]
    check_invariants()


def remaining(entry_id: int) -> int:
    db.session.rollback()
    return db.session.scalars(
        select(PointsLot.remaining).where(PointsLot.entry_id == entry_id)
    ).one()


def test_what_expires_first_is_spent_first(shopper: int) -> None:
    never, late, soon = give(shopper, 5, days=None), give(shopper, 5), give(shopper, 5, days=2)
    hold(shopper, "a", 7)
    assert [remaining(entry) for entry in (never, late, soon)] == [5, 3, 0]
    hold(shopper, "b", 8)
    assert figures(shopper) == (0, 0, 15, 0)


def test_more_lots_than_are_read_at_once(shopper: int) -> None:
    for days in range(1, 31):
        give(shopper, 1, days=days)
    hold(shopper, "a", 29)
    assert figures(shopper) == (1, 0, 29, 0)


def test_a_grant_is_made_once_a_source(shopper: int) -> None:
    assert give(shopper, 5, source="x") == give(shopper, 7, source="x")
    assert figures(shopper) == (5, 0, 0, 0)


def test_a_hold_is_made_settled_and_released_once(shopper: int) -> None:
    give(shopper, 10)
    assert hold(shopper, "a", 4) == hold(shopper, "a", 4)
    hold(shopper, "b", 3)
    assert [settle("a"), settle("a"), release("a")] == [4, 0, 0]
    assert [release("b"), release("b"), settle("b")] == [3, 0, 0]
    assert [settle("c"), release("c"), give_back("c", 1)] == [0, 0, 0]
    assert figures(shopper) == (6, 0, 0, 0)


def test_too_few_points_change_nothing(shopper: int) -> None:
    give(shopper, 5)
    give(shopper, 9, frozen=True)
    with pytest.raises(PointsShort):
        hold(shopper, "a", 6)
    with pytest.raises(PointsShort):
        give(shopper, -6)
    assert figures(shopper) == (5, 9, 0, 0)


def test_what_was_spent_comes_back_in_steps_and_never_twice(shopper: int) -> None:
    entry = give(shopper, 10)
    hold(shopper, "a", 10)
    assert give_back("a", 3) == 0, "not spent yet"
    settle("a")
    assert [give_back("a", n) for n in (3, 3, 2, 7, 99)] == [3, 0, 0, 4, 3]
    assert (figures(shopper), remaining(entry)) == ((10, 0, 0, 0), 10)


def test_expired_points_cannot_be_spent_before_any_sweep(shopper: int) -> None:
    due = give(shopper, 5)
    give(shopper, 2)
    make_due(due)
    with pytest.raises(PointsShort):
        hold(shopper, "a", 3)
    hold(shopper, "a", 2)
    assert figures(shopper) == (0, 0, 2, 0)


def test_the_sweep_expires_each_lot_once(shopper: int) -> None:
    due = give(shopper, 5)
    give(shopper, 2)
    waiting = give(shopper, 3, frozen=True)
    make_due(due, waiting)
    assert (expire_batch(), expire_batch()) == (1, 0)
    assert figures(shopper) == (2, 3, 0, 0), "frozen points wait"


def test_points_that_return_to_an_expired_lot_can_be_used_some_days(shopper: int) -> None:
    entry = give(shopper, 5)
    hold(shopper, "a", 3)
    make_due(entry)
    release("a")
    assert figures(shopper) == (3, 0, 0, 0), "2 have expired, 3 are back"
    ends = db.session.scalars(select(PointsLot.expires_at)).one()
    assert timedelta(days=7) < ends - utc_now() <= timedelta(days=8)
    make_due(entry)
    assert expire_batch() == 1
    assert figures(shopper) == (0, 0, 0, 0)


def test_a_lot_expires_at_its_time_once_more_when_the_clock_went_back(shopper: int) -> None:
    """As when a standby takes over whose clock is behind."""
    with other_time():
        set_time("2028-02-28 12:00:00")
        give(shopper, 5, until=datetime(2028, 2, 28, 16, tzinfo=UTC))
        hold(shopper, "a", 3)
        set_time("2028-02-29 00:00:00.1")
        assert expire_batch() == 1
        set_time("2028-02-28 23:59:59.9")
        release("a")
        assert figures(shopper) == (3, 0, 0, 0)
        set_time("2028-02-29 00:00:00.1")
        assert (expire_batch(), expire_batch()) == (1, 0)
        assert figures(shopper) == (0, 0, 0, 0)


def test_a_reversal_takes_its_own_lot_then_others_then_is_a_debt(shopper: int) -> None:
    first, other = give(shopper, 10, days=1), give(shopper, 4)
    hold(shopper, "a", 7)
    settle("a")
    assert reverse(first, Fraction(1, 3)) == Reversed(3, 0)
    assert (remaining(first), remaining(other)) == (0, 4)
    assert reverse(first) == Reversed(4, 3)
    assert reverse(first) == Reversed(0, 0)
    assert figures(shopper) == (0, 0, 0, 3)


def test_later_grants_pay_the_debt_and_are_undone_in_full(shopper: int) -> None:
    spent = give(shopper, 10)
    hold(shopper, "a", 10)
    settle("a")
    reverse(spent)
    waiting = give(shopper, 4, frozen=True)
    assert figures(shopper) == (0, 4, 0, 10)
    thaw(waiting)
    assert figures(shopper) == (0, 0, 0, 6)
    last = give(shopper, 8)
    assert figures(shopper) == (2, 0, 0, 0)
    assert reverse(last) == Reversed(2, 6)
    assert give_back("a", 10) == 10
    assert figures(shopper) == (4, 0, 0, 0)


def test_what_expired_of_a_grant_is_not_owed(shopper: int) -> None:
    entry = give(shopper, 10)
    hold(shopper, "a", 4)
    settle("a")
    make_due(entry)
    expire_batch()
    assert reverse(entry) == Reversed(6, 4)
    assert figures(shopper) == (0, 0, 0, 4)


def test_frozen_points_are_reversed_in_part_and_thaw_once(shopper: int) -> None:
    entry = give(shopper, 10, frozen=True)
    assert reverse(entry, Fraction(1, 4)) == Reversed(2, 0)
    assert [thaw(entry), thaw(entry)] == [8, 0]
    assert reverse(entry, Fraction(1, 2)) == Reversed(3, 0)
    assert figures(shopper) == (5, 0, 0, 0)


def test_nothing_is_left_to_thaw(shopper: int) -> None:
    entry = give(shopper, 10, frozen=True)
    reverse(entry)
    assert thaw(entry) == 0
    assert figures(shopper) == (0, 0, 0, 0)


def test_a_closed_account_loses_all_even_what_comes_back_later(shopper: int) -> None:
    give(shopper, 10)
    give(shopper, 5, frozen=True)
    hold(shopper, "a", 4)
    settle("a")
    close_account(shopper)
    erase_at_once(shopper)
    erase_at_once(shopper)
    assert figures(shopper) == (0, 0, 0, 0)
    give_back("a", 4)
    assert figures(shopper) == (0, 0, 0, 0)


def test_points_are_valid_until_a_shop_day_ends(app: Flask) -> None:
    late = datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)
    midnight = datetime(2026, 2, 28, 16, 0, 0, tzinfo=UTC)
    assert end_of_day(late) == midnight
    assert end_of_day(midnight) == midnight + timedelta(days=1)
    set_setting(VALID_DAYS, 1)
    assert valid_until(late) == midnight + timedelta(days=1)
    set_setting(VALID_DAYS, 0)
    assert valid_until(late) is None


def test_control_a_wrong_account_breaks_the_invariants(app: Flask) -> None:
    user_id = make_shopper()[0]
    give(user_id, 5)
    with transaction() as session:
        session.execute(update(PointsLot).values(remaining=4))
    with pytest.raises(AssertionError, match="I1b"):
        check_invariants()
