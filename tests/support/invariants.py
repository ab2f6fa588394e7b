"""The invariants, asked at the end of a journey or a race.

They are asked a thousand times in a run of the tests. Planning them takes eight times as long as
running them on a small shop, and each has a transaction of its own in the doctor: so all are first
asked at once, by statements that stay prepared. Only if one finds something, or fails, does the
doctor ask, and what it finds is what is said.
"""

from __future__ import annotations

import psycopg

from mall.doctor.checking import Outcome, check, check_all, statement_of
from mall.kernel.db import db
from mall.kernel.invariants import INVARIANTS, Rows

TOGETHER = 20
"""How many a statement asks: for each statement the driver costs as much as the database."""
_open: dict[str, psycopg.Connection] = {}
"""The connection that keeps the prepared statements, by its address: one at most."""


def check_invariants() -> None:
    """Fail with every row that breaks an invariant. Needs an app context."""
    found = broken_invariants()
    assert not found, "\n".join(map(str, found))


def broken_invariants() -> list[Outcome]:
    """The invariants that don't hold, or couldn't be asked."""
    db.session.rollback()
    if _all_hold():
        return []
    return [outcome for outcome in check_all() if not outcome.holds]


def _all_hold() -> bool:
    asked = INVARIANTS.items().values()
    if any(one.find() for one in asked if one.find is not None):
        return False
    selects = [
        f"(SELECT 1 FROM ({statement_of(one, None)}) broken LIMIT 1)"
        for one in asked
        if one.find is None
    ]
    statements = [
        " UNION ALL ".join(selects[start : start + TOGETHER])
        for start in range(0, len(selects), TOGETHER)
    ]
    try:
        connection = _connection()
        with connection.pipeline():
            cursors = [connection.execute(one, prepare=True) for one in statements]
        return not any(one.fetchone() for one in cursors)
    except psycopg.ProgrammingError:
        raise  # or nobody would see that all are asked one by one, which takes ten times as long
    except psycopg.Error:
        _close()
        return False


def _connection() -> psycopg.Connection:
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    if address not in _open:
        _close()
        _open[address] = connection = psycopg.connect(address, autocommit=True)
        connection.prepared_max = None
    return _open[address]


def _close() -> None:
    while _open:
        _open.popitem()[1].close()


def rows_of(code: str) -> Rows:
    """The rows that break one invariant."""
    outcome = check(INVARIANTS[code])
    assert outcome.fault is None, outcome.fault
    return outcome.rows
