"""The ledger of points without its guards, for controls.

No account is locked, no statement has a condition, no constraint stands behind them: what is left
is the reading and writing that the ledger would be without care.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import lots
from tests.support.races import without, without_row_locks

_CONDITIONS = re.compile(
    r"AND (available|frozen|held|debt) \+ \$\d+ >= 0"
    r"|AND NOT EXISTS \(SELECT FROM points_\w+ WHERE [^)]*\)"
    r"|ON CONFLICT \(kind, source\) DO NOTHING"
    r"|AND l\.remaining >= least\([^)]*\)"
    r"|AND remaining >= \$\d+"
    r"|AND status = 'held'"
)
_CONSTRAINTS = {
    "points_accounts": {
        "ck_points_accounts_not_negative": "CHECK (available >= 0 AND frozen >= 0"
        " AND held >= 0 AND debt >= 0)",
    },
    "points_lots": {
        "ck_points_lots_remaining": "CHECK (remaining >= 0 AND remaining <= granted)",
        "ck_points_lots_reversed": "CHECK (reversed >= 0 AND reversed <= granted)",
        "ck_points_lots_expired": "CHECK (expired >= 0 AND expired <= granted)",
    },
    "points_entries": {"uq_points_entries_kind_source": "UNIQUE (kind, source)"},
    "points_holds": {"uq_points_holds_source": "UNIQUE (source)"},
}


@contextmanager
def unguarded_points() -> Iterator[None]:
    """Take every guard away; afterwards no points are left."""
    tables = ", ".join([*_CONSTRAINTS, "points_uses"])
    with (
        without(_each("DROP CONSTRAINT {0}"), _each("ADD CONSTRAINT {0} {1}"), table=tables),
        without_row_locks("points_accounts"),
        _without_conditions(),
        _with_bottomless_lots(),
    ):
        yield


def _each(change: str) -> str:
    return ";".join(
        f"ALTER TABLE {table} {change.format(name, rule)}"
        for table, constraints in _CONSTRAINTS.items()
        for name, rule in constraints.items()
    )


@contextmanager
def _without_conditions() -> Iterator[None]:
    rows = PreparedStatement.rows
    careless: dict[PreparedStatement, PreparedStatement] = {}

    def careless_rows(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        if "points_" in statement.sql and statement not in careless:
            careless[statement] = copy(statement)
            careless[statement].sql = _CONDITIONS.sub("", statement.sql)
        return rows(careless.get(statement, statement), session, **values)

    PreparedStatement.rows = careless_rows  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        PreparedStatement.rows = rows  # type: ignore[method-assign]


@contextmanager
def _with_bottomless_lots() -> Iterator[None]:
    """That lots have less than the account stops nobody."""
    take = lots.take

    def take_what_is_there(*args: Any, **options: Any) -> None:
        with suppress(RuntimeError):
            take(*args, **options)

    lots.take = take_what_is_there
    try:
        yield
    finally:
        lots.take = take
