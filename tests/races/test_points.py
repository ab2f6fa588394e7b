"""Points that race: the last points wanted twice, expiry against a hold, one hold ended twice."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask

from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts
from mall.points.ledger.expiring import expire_batch
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.points import figures, give, give_back, hold, make_due, release, settle
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.users import make_shopper

CARELESS = PreparedStatement(
    """
    UPDATE points_accounts SET available = :available + available,
        frozen = frozen + :frozen, held = held + :held, debt = debt + :debt
    WHERE user_id = :user_id RETURNING available
    """
)


def two_holds(app: Flask) -> tuple[int, int]:
    """Two holds of all points at once: (who got them, who were refused)."""
    user_id = make_shopper()[0]
    give(user_id, 10)
    with slow_writes("points_accounts", of="UPDATE", seconds=0.1):
        found = together(app, [partial(hold, user_id, f"{n}", 10) for n in range(4)])
    names = [type(one).__name__ for one in found]
    return names.count("int"), names.count("PointsShort")


def test_the_last_points_are_held_once(app: Flask) -> None:
    assert two_holds(app) == (1, 3)
    check_invariants()


def test_control_without_the_lock_and_the_condition(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_MOVE", CARELESS)
    with without_row_locks("points_accounts"):
        assert two_holds(app) != (1, 3)


def test_expiry_against_holds(app: Flask) -> None:
    user_id = make_shopper()[0]
    due = give(user_id, 10)
    give(user_id, 5)
    make_due(due)
    calls = [expire_batch, partial(hold, user_id, "a", 5), partial(hold, user_id, "b", 5)]
    together(app, calls)
    assert figures(user_id) == (0, 0, 5, 0)
    check_invariants()


def test_one_hold_is_ended_once(app: Flask) -> None:
    user_id = make_shopper()[0]
    give(user_id, 10)
    hold(user_id, "a", 10)
    ends = together(app, [partial(settle, "a"), partial(release, "a")] * 3)
    assert sorted(map(str, ends)) == ["0"] * 5 + ["10"]
    if figures(user_id)[0] == 0:
        back = together(app, [partial(give_back, "a", n) for n in (3, 7, 10, 10)])
        assert sum(n for n in back if isinstance(n, int)) == 10
    assert figures(user_id) == (10, 0, 0, 0)
    assert not broken_invariants()
