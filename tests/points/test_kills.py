"""kill -9 around the commits of reminders, of ends of locks and of tills, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from mall.kernel.db import db
from mall.messages.models import Message
from mall.points.till.errors import TillCodeUsed
from tests.points.dying import COMMANDS
from tests.points.test_reminders import give as give_until
from tests.support.dying import Die, dying
from tests.support.invariants import check_invariants
from tests.support.lockups import lock_points, make_offer, time_comes
from tests.support.points import figures, give
from tests.support.settings import without_quiet_hours
from tests.support.till import code_of, make_clerks
from tests.support.users import make_shopper

BOTH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    with dying("tests.points.dying", environment) as die:
        yield die


@pytest.fixture
def shopper(app: Flask) -> Iterator[int]:
    yield make_shopper()[0]
    check_invariants()


@BOTH
def test_reminders(shopper: int, die: Die, when: str) -> None:
    without_quiet_hours()
    give_until(shopper, 5, 7)
    die(f"points.{when}_reminder_commit", "remind", "")
    COMMANDS["remind"]("")
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1


@BOTH
def test_the_end_of_a_lock(shopper: int, die: Die, when: str) -> None:
    give(shopper, 100)
    time_comes(lock_points(shopper, make_offer(), 100))
    die(f"points.{when}_lockup_commit", "end_locks", "")
    assert figures(shopper) == ((105, 0, 0, 0) if when == "after" else (0, 0, 100, 0))
    COMMANDS["end_locks"]("")
    assert figures(shopper) == (105, 0, 0, 0)


@BOTH
def test_a_till(shopper: int, die: Die, when: str) -> None:
    (clerk,) = make_clerks(1)
    wanted = f"{clerk.staff_id} {clerk.point_id} {code_of(shopper)}"
    die(f"points.{when}_till_commit", "give_at_till", wanted)
    assert figures(shopper)[0] == (5 if when == "after" else 0)
    if when == "after":
        with pytest.raises(TillCodeUsed):
            COMMANDS["give_at_till"](wanted)
    else:
        COMMANDS["give_at_till"](wanted)
    assert figures(shopper) == (5, 0, 0, 0)
