"""Tills that race: one code by two clerks, the rest of a day's limit by many, undone twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.points.till import codes, limits, settings, undoing
from mall.points.till.limits import Counted
from mall.points.till.models import TillCode, TillDay, TillEntry
from mall.points.till.undoing import undo
from tests.support.invariants import check_invariants, rows_of
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


def one_undone(app: Flask) -> tuple[dict[str, int], int]:
    """Clerks undo one of two entries: how it went, and what is left of the day's count."""
    user_id = make_shopper()[0]
    clerks = make_clerks(CLERKS)
    at_till(clerks[0], "grant", code_of(user_id), 100)
    entry_id = at_till(clerks[0], "grant", code_of(user_id), 5)
    with slow_writes("till_entries", of="UPDATE", seconds=0.05):
        outcomes = together(
            app, [partial(undo, one.staff_id, entry_id, "输错了") for one in clerks]
        )
    assert figures(user_id) == (100, 0, 0, 0), "the ledger undoes a grant once by itself"
    counted = db.session.scalars(select(TillDay.granted).where(TillDay.scope == "shopper")).one()
    db.session.rollback()
    return names(outcomes), counted


def test_an_entry_is_undone_once(app: Flask) -> None:
    assert one_undone(app) == ({"int": 1, "till_entry_undone": CLERKS - 1}, 100)
    check_invariants()


def test_control_an_entry_that_is_looked_at_before_it_is_undone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_has_looked = Rendezvous(CLERKS)

    def careless(session: Session, entry_id: int, staff_id: int, _reason: str) -> Counted:
        entry = session.scalars(select(TillEntry).where(TillEntry.id == entry_id)).one()
        everybody_has_looked()
        assert entry.undone_at is None
        session.execute(
            update(TillEntry)
            .where(TillEntry.id == entry_id)
            .values(undone_at=func.clock_timestamp(), undone_by=staff_id)
            .execution_options(synchronize_session=False)
        )
        return Counted(
            entry.day, entry.direction, entry.points, entry.point_id, entry.staff_id, entry.user_id
        )

    monkeypatch.setattr(undoing, "_mark", careless)
    assert one_undone(app) == ({"int": CLERKS}, 105 - 5 * CLERKS)
    assert rows_of("I41b")


def one_receipt(app: Flask) -> dict[str, int]:
    """Clerks of a point give to different shoppers for one receipt."""
    clerks = make_clerks(CLERKS)
    calls = [partial(at_till, one, "grant", code_of(make_shopper()[0]), 5, "A1") for one in clerks]
    return names(together(app, calls))


def test_one_receipt_at_a_point_gives_once(app: Flask) -> None:
    assert one_receipt(app) == {"int": 1, "till_receipt_used": CLERKS - 1}
    check_invariants()


def test_control_without_the_unique_index_a_receipt_gives_to_all(app: Flask) -> None:
    with without(
        "DROP INDEX uq_till_entries_receipt",
        "CREATE UNIQUE INDEX uq_till_entries_receipt ON till_entries"
        " (point_id, direction, receipt_no)"
        " WHERE receipt_no IS NOT NULL AND undone_at IS NULL",
        table="till_entries",
    ):
        assert one_receipt(app) == {"int": CLERKS}
