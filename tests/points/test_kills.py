"""kill -9 around commits: reminders, ends of locks, tills, sheets; and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from mall.kernel.db import db, transaction
from mall.messages.models import Message
from mall.missions.checkin.models import CheckInReminder
from mall.missions.checkin.reminding import set_reminder
from mall.points.till.errors import TillCodeUsed
from tests.points.dying import COMMANDS
from tests.points.test_reminders import give as give_until
from tests.support.dying import Die, dying
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.lockups import lock_points, make_offer, time_comes
from tests.support.missions import plan
from tests.support.points import figures, give
from tests.support.settings import without_quiet_hours
from tests.support.sheets import PATH, csv, uploaded
from tests.support.staff import make_staff
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


@BOTH
def test_a_sheet(shopper: int, http: Http, die: Die, when: str) -> None:
    anna = http.as_(make_staff("points:read", "points:write"))
    sheet_id = uploaded(anna, csv(f"{shopper},,10,,,"))
    anna.post(f"{PATH}/{sheet_id}/giving")
    die(f"points.{when}_sheet_commit", "give_sheet", sheet_id)
    assert figures(shopper)[0] == (10 if when == "after" else 0)
    COMMANDS["give_sheet"](sheet_id)
    assert figures(shopper)[0] == 10
    assert anna.get(f"{PATH}/{sheet_id}").get_json()["status"] == "done"


@BOTH
def test_a_reminder_of_the_check_in(shopper: int, die: Die, when: str) -> None:
    plan(7)
    without_quiet_hours()
    set_reminder(shopper, 0)
    with transaction() as session:
        session.execute(update(CheckInReminder).values(handled_on=text("current_date - 2")))
    die(f"missions.{when}_reminder_commit", "remind_of_check_in", "")
    COMMANDS["remind_of_check_in"]("")
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1
