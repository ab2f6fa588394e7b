"""Sheets of points that race: two workers at one sheet, two sheets at one limit."""

from __future__ import annotations

import secrets
from functools import partial

import pytest
from flask import Flask, g

from mall.kernel.http.access import Staff
from mall.points.adjustments import allowance
from mall.points.settings import APPROVAL_ABOVE
from mall.points.sheets import giving
from mall.points.sheets.starting import SheetAsked, start_or_ask
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.points import figures
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.settings import set_setting
from tests.support.sheets import PATH, csv, uploaded
from tests.support.staff import make_staff
from tests.support.users import make_shopper

WORKERS = 4


@pytest.fixture
def anna(http: Http) -> Http:
    return http.as_(make_staff("points:read", "points:write"))


def give_at_once(app: Flask, anna: Http) -> list[int]:
    """What shoppers have when several workers give one sheet at the same moment."""
    shoppers = [make_shopper()[0] for _ in range(3)]
    sheet_id = uploaded(anna, csv(*(f"{one},,10,,," for one in shoppers)))
    anna.post(f"{PATH}/{sheet_id}/giving")
    with slow_writes("points_sheet_lines", of="UPDATE", seconds=0.1):
        together(app, [partial(giving.give_batch, int(sheet_id))] * WORKERS)
    return [figures(one)[0] for one in shoppers]


def test_a_sheet_is_given_once_by_several_workers(app: Flask, anna: Http) -> None:
    assert give_at_once(app, anna) == [10] * 3
    check_invariants()


def test_control_without_the_lock_the_check_and_the_source_it_is_given_again(
    app: Flask, anna: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "source_of", lambda *_: secrets.token_hex(8))
    drop = "ALTER TABLE points_sheets DROP CONSTRAINT ck_points_sheets_lines"
    restore = (
        "ALTER TABLE points_sheets ADD CONSTRAINT ck_points_sheets_lines"
        " CHECK (given_lines + refused_lines <= lines)"
    )
    with without(drop, restore, table="points_sheets"), without_row_locks("points_sheets"):
        assert max(give_at_once(app, anna)) > 10


def start_both(app: Flask, anna: Http) -> int:
    """Of two sheets that pass the limit together only: how many were started."""
    set_setting(APPROVAL_ABOVE, 100)
    sheets = [
        int(uploaded(anna, csv(f"{make_shopper()[0]},,60,,,"), key=key)) for key in ("一", "二")
    ]
    staff_id = int(anna.get(f"{PATH}/{sheets[0]}").get_json()["checked_by"])
    staff = Staff(staff_id, "anna", 0, frozenset({"points:write"}))

    def start(sheet_id: int) -> SheetAsked | None:
        with app.test_request_context():
            g.principal = staff
            return start_or_ask(staff, sheet_id)

    with slow_writes("points_sheets", of="UPDATE"):
        found = together(app, [partial(start, one) for one in sheets])
    assert not [one for one in found if isinstance(one, Exception)], found
    return sum(one is None for one in found)


def test_two_sheets_cannot_pass_the_limit_together(app: Flask, anna: Http) -> None:
    assert start_both(app, anna) == 1
    check_invariants()


def test_control_without_the_lock_both_are_started(
    app: Flask, anna: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "lock_ground", lambda *_: None)
    assert start_both(app, anna) == 2
