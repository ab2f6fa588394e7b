"""The invariants, asked at the end of a journey or a race."""

from __future__ import annotations

from mall.doctor.checking import Outcome, check, check_all
from mall.kernel.db import db
from mall.kernel.invariants import INVARIANTS, Rows


def check_invariants() -> None:
    """Fail with every row that breaks an invariant. Needs an app context."""
    found = broken_invariants()
    assert not found, "\n".join(map(str, found))


def broken_invariants() -> list[Outcome]:
    """The invariants that don't hold, or couldn't be asked."""
    db.session.rollback()
    return [outcome for outcome in check_all() if not outcome.holds]


def rows_of(code: str) -> Rows:
    """The rows that break one invariant."""
    outcome = check(INVARIANTS[code])
    assert outcome.fault is None, outcome.fault
    return outcome.rows
