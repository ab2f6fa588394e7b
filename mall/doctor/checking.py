"""Asking the invariants: each in a transaction and with a time-out of its own.

No row shows personal data. Each statement sees one moment of the database, so none needs a
lock. One that fails or takes too long is reported as such; the others are asked all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.invariants import INVARIANTS, Invariant, Rows
from mall.kernel.jobs import brief

AT_MOST = 50
"""Rows shown of one broken invariant."""
TIMEOUT_S = 20
"""How long one invariant may take."""
FULL_TIMEOUT_S = 600
"""The same when the whole history is read."""
RECENT = timedelta(days=3)
"""What the frequent run looks at."""
MOST_OF_ONE = 1_000
"""How many rows the frequent run adds up for one thing; what has more waits for the night."""
ALL_OF_ONE = 2**62
"""The same when the whole history is read: no bound."""
_CANCELED = "57014"


@dataclass(frozen=True)
class Outcome:
    """What was found of one invariant: the rows that break it, or why it couldn't be asked."""

    invariant: Invariant
    rows: Rows = field(default_factory=tuple)
    fault: str | None = None

    @property
    def holds(self) -> bool:
        """It was asked, and nothing breaks it."""
        return self.fault is None and not self.rows

    def __str__(self) -> str:
        said = self.fault or "; ".join(map(str, self.rows))
        return f"{self.invariant.code} {self.invariant.description}: {said}"


def check_all(
    *,
    recent: timedelta | None = None,
    timeout_s: int = FULL_TIMEOUT_S,
    limit: int = AT_MOST,
) -> Iterator[Outcome]:
    """Ask every invariant; at most `limit` rows of each. Call it outside of a transaction.

    With `recent` only history that is younger is read.
    """
    for invariant in INVARIANTS.items().values():
        yield check(invariant, recent=recent, timeout_s=timeout_s, limit=limit)


def check(
    invariant: Invariant,
    *,
    recent: timedelta | None = None,
    timeout_s: int = FULL_TIMEOUT_S,
    limit: int = AT_MOST,
) -> Outcome:
    """Ask one invariant, as `check_all` does."""
    try:
        if invariant.find is not None:
            return Outcome(invariant, invariant.find()[:limit])
        with transaction() as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text(f"SET LOCAL statement_timeout = '{timeout_s}s'"))
            return Outcome(invariant, broken_rows(session, invariant, recent=recent, limit=limit))
    except Exception as fault:
        return Outcome(invariant, fault=_why(fault, timeout_s))


def broken_rows(
    session: Session,
    invariant: Invariant,
    *,
    recent: timedelta | None = None,
    limit: int = AT_MOST,
) -> list[dict[str, Any]]:
    """The rows that the SQL of an invariant finds in the session's own view of the database."""
    sql = statement_of(invariant, recent)
    # The invariants are our own constants, never input.
    found = session.execute(
        text(f"SELECT * FROM ({sql}) broken LIMIT :at_most"),  # noqa: S608
        {"at_most": limit},
    )
    return [dict(row) for row in found.mappings()]


def statement_of(invariant: Invariant, recent: timedelta | None) -> str:
    """The SQL of an invariant for what is younger than `recent`, or for all that there is."""
    sql = invariant.sql if isinstance(invariant.sql, str) else invariant.sql()
    since = "'-infinity'" if recent is None else f"now() - interval '{recent.total_seconds()} s'"
    most = ALL_OF_ONE if recent is None else MOST_OF_ONE
    return sql.replace(":since", f"CAST({since} AS timestamptz)").replace(":most", str(most))


def _why(fault: Exception, timeout_s: int) -> str:
    state = getattr(getattr(fault, "orig", None), "sqlstate", None)
    if isinstance(fault, SQLAlchemyError) and state == _CANCELED:
        return f"timed out after {timeout_s} s"
    return brief(fault)
