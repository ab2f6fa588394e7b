"""What must always hold, as SQL that returns the rows which break it.

`mall doctor` runs these by hand, a job runs them in production, journeys and races at their
end. A feature that brings a promise of its own adds it to the list. No row shows personal
data. Each statement sees one moment of the database, so none needs a lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.doctor import (
    aftersales,
    flash,
    gifts,
    histories,
    money,
    pickups,
    promotions,
    stock,
    waiting,
)
from mall.doctor.promise import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    *stock.INVARIANTS,
    *money.INVARIANTS,
    *aftersales.INVARIANTS,
    *histories.INVARIANTS,
    *pickups.INVARIANTS,
    *waiting.INVARIANTS,
    *gifts.INVARIANTS,
    *promotions.INVARIANTS,
    *flash.INVARIANTS,
)
AT_MOST = 50
"""Rows shown of one broken invariant."""


@dataclass(frozen=True)
class Violation:
    """One row that breaks an invariant. `row` holds ids and figures."""

    code: str
    promise: str
    row: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.code} {self.promise}: {self.row}"


def violations(session: Session, limit: int = AT_MOST) -> list[Violation]:
    """Every row that breaks an invariant, at most `limit` of each; empty when all is well."""
    return [found for invariant in INVARIANTS for found in broken(session, invariant, limit)]


def broken(session: Session, invariant: Invariant, limit: int = AT_MOST) -> Iterator[Violation]:
    """The rows that break one invariant."""
    statement = text(f"SELECT * FROM ({invariant.sql}) broken LIMIT :doctor_limit")  # noqa: S608
    for row in session.execute(statement, {"doctor_limit": limit}).mappings():
        yield Violation(invariant.code, invariant.promise, dict(row))
