"""The shape of an invariant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """A promise and the query for the rows that break it.

    `code` is the number in the list of invariants, with a letter where one promise is
    asked in several ways; `promise` says in a few words what holds.
    """

    code: str
    promise: str
    sql: str
