"""Tills that race: one code by two clerks, the rest of a day's limit by many, undone twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.points.till import codes, limits, settings
from mall.points.till.models import TillCode
from mall.points.till.undoing import undo
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.points import figures
from tests.support.races import Rendezvous, slow_writes, together, without
from tests.support.settings import set_setting
from tests.support.till import at_till, code_of, make_clerks
from tests.support.users import make_shopper

CLERKS = 6
CARELESS = text(
    """
    INSERT INTO till_days (day, scope, subject_id, granted, taken)
    SELECT :day, :scope, :subject_id, :granted, :taken WHERE CAST(:limit AS bigint) > 0
    ON CONFLICT (day, scope, subject_id) DO UPDATE
    SET granted = till_days.granted + excluded.granted, taken = till_days.taken + excluded.taken
    RETURNING day
    """
)


def names(outcomes: list[Any]) -> dict[str, int]:
    found = [getattr(one, "code", type(one).__name__) for one in outcomes]
    return {name: found.count(name) for name in sorted(set(found))}


def one_code(app: Flask) -> tuple[dict[str, int], int]:
    """Clerks of two points use one code at once: how it went, and what the shopper has."""
    user_id = make_shopper()[0]
    code = code_of(user_id)
    clerks = make_clerks(CLERKS // 2) + make_clerks(CLERKS // 2)
    with slow_writes("till_codes", of="UPDATE", seconds=0.05):
        outcomes = together(app, [partial(at_till, one, "grant", code, 5) for one in clerks])
    return names(outcomes), figures(user_id)[0]


def test_one_code_is_used_by_one_clerk(app: Flask) -> None:
    assert one_code(app) == ({"int": 1, "till_code_used": CLERKS - 1}, 5)
    check_invariants()


def test_control_a_code_that_is_only_looked_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(session: Any, hashed: bytes) -> int:
        return int(session.scalar(select(TillCode.user_id).where(TillCode.code_hash == hashed)))

    monkeypatch.setattr(codes, "use", look)
    table = "ALTER TABLE till_entries"
    with without(
        f"{table} DROP CONSTRAINT uq_till_entries_code_hash",
        f"{table} ADD CONSTRAINT uq_till_entries_code_hash UNIQUE (code_hash)",
        table="till_entries",
    ):
        outcomes, available = one_code(app)
    assert outcomes == {"int": CLERKS}
    assert available > 5


def a_day(app: Flask, *, point_limit: int) -> dict[str, int]:
    """Each clerk gives 4 points to a shopper of their own, at one point."""
    set_setting(settings.POINT_GRANT, point_limit)
    settings.POINT_GRANT.get()
    calls = [
        partial(at_till, clerk, "grant", code_of(make_shopper()[0]), 4)
        for clerk in make_clerks(CLERKS)
    ]
    with slow_writes("till_days", of="UPDATE", seconds=0.05):
        return names(together(app, calls))


def test_the_limit_of_a_day_is_exact(app: Flask) -> None:
    assert a_day(app, point_limit=11) == {"int": 2, "till_limit": CLERKS - 2}
    check_invariants()


def test_control_a_limit_that_is_read_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody_has_read = Rendezvous(CLERKS)
    counting = limits.count

    def careless(session: Any, counted: limits.Counted) -> None:
        given = session.scalar(text("SELECT sum(granted) FROM till_days WHERE scope = 'point'"))
        everybody_has_read()
        assert (given or 0) + counted.points <= 11
        counting(session, counted)

    monkeypatch.setattr(limits, "_COUNT", CARELESS)
    monkeypatch.setattr(limits, "count", careless)
    assert a_day(app, point_limit=11) == {"int": CLERKS}


def test_an_entry_is_undone_once(app: Flask) -> None:
    user_id = make_shopper()[0]
    clerks = make_clerks(CLERKS)
    entry_id = at_till(clerks[0], "grant", code_of(user_id), 5)
    undone = together(app, [partial(undo, one.staff_id, entry_id, "输错了") for one in clerks])
    assert names(undone) == {"int": 1, "till_entry_undone": CLERKS - 1}
    assert figures(user_id) == (0, 0, 0, 0)
    assert not broken_invariants()


def test_one_receipt_at_a_point_gives_once(app: Flask) -> None:
    clerks = make_clerks(CLERKS)
    calls = [partial(at_till, one, "grant", code_of(make_shopper()[0]), 5, "A1") for one in clerks]
    assert names(together(app, calls)) == {"int": 1, "till_receipt_used": CLERKS - 1}
    check_invariants()
