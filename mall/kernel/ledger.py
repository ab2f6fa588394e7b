"""A ledger: accounts with several figures, and the entries that move them.

A feature names its two tables and gives the shape of a change. Its account table has `user_id` and
the figures, none below zero; its entry table has `user_id`, `kind`, `source` (both together
unique), the figures, `note` and `staff_id`.

Every change locks the account first, so all that happens to one account happens one after the
other. An account's figures are the sums of its entries, kept beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement

Change = TypeVar("Change")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an entry is made: once a (kind, source). By hand: by whom, and in which words."""

    kind: str
    source: str
    note: str = ""
    staff_id: int | None = None


class Ledger(Generic[Change]):
    """The accounts and entries of one currency.

    `shape` is a dataclass of whole numbers: its fields are the figures. `short` is what a change
    raises when a figure would fall below zero.
    """

    def __init__(
        self, accounts: str, entries: str, shape: type[Change], short: type[Exception]
    ) -> None:
        self._accounts, self._entries, self._short = accounts, entries, short
        self._names = tuple(field.name for field in fields(shape))  # type: ignore[arg-type]
        self._figures = attrgetter(*self._names)
        listed = ", ".join(self._names)
        self._lock = PreparedStatement(
            f"SELECT {listed} FROM {accounts} WHERE user_id = :user_id FOR UPDATE"  # noqa: S608
        )
        self._open = PreparedStatement(
            f"INSERT INTO {accounts} (user_id) VALUES (:user_id)"  # noqa: S608
            " ON CONFLICT (user_id) DO NOTHING"
        )
        self._find = PreparedStatement(
            f"SELECT id FROM {entries} WHERE kind = :kind AND source = :source"  # noqa: S608
        )
        self._write = self.writing()
        self._lock_some = PreparedStatement(
            f"SELECT user_id, {listed} FROM {accounts}"  # noqa: S608
            " WHERE user_id = ANY(CAST(CAST(:user_ids AS text) AS bigint[]))"
            " ORDER BY user_id FOR UPDATE"
        )
        self._write_some = PreparedStatement(
            f"""
            WITH written AS (
                INSERT INTO {entries} (user_id, kind, source, {listed})
                SELECT user_id, CAST(:kind AS text), source, {listed}
                FROM jsonb_to_recordset(CAST(CAST(:rows AS text) AS jsonb)) AS given(
                    user_id bigint, source text,
                    {", ".join(f"{name} bigint" for name in self._names)}
                )
                RETURNING user_id, id, {listed}
            ), summed AS (
                SELECT user_id, max(id) AS id,
                       {", ".join(f"CAST(sum({n}) AS bigint) AS {n}" for n in self._names)}
                FROM written GROUP BY user_id
            ), moved AS (
                UPDATE {accounts} a SET {", ".join(f"{n} = a.{n} + s.{n}" for n in self._names)}
                FROM summed s WHERE a.user_id = s.user_id
            )
            SELECT user_id, id FROM summed ORDER BY user_id
            """  # noqa: S608
        )

    def writing(
        self, *, unless: str | None = None, then: str = "", result: str = "NULL"
    ) -> PreparedStatement:
        """A statement that moves a locked account and writes the entry, `unless` that finds a row
        (by default the entry itself).

        `then` are further parts, which may use what was `written` (user_id, id). Its row: whether
        the account was `moved`, the entry's `id`, and the `result` of the further parts.
        """
        known = f"SELECT FROM {self._entries} WHERE kind = :kind AND source = :source"
        names = ", ".join(self._names)
        return PreparedStatement(
            f"""
            WITH moved AS (
                UPDATE {self._accounts}
                SET {", ".join(f"{name} = {name} + :{name}" for name in self._names)}
                WHERE user_id = :user_id
                  AND {" AND ".join(f"{name} + :{name} >= 0" for name in self._names)}
                  AND NOT EXISTS ({unless or known})
                RETURNING user_id
            ), written AS (
                INSERT INTO {self._entries} (user_id, kind, source, {names}, note, staff_id)
                SELECT user_id, :kind, :source, {", ".join(f":{name}" for name in self._names)},
                       :note, CAST(:staff_id AS bigint)
                FROM moved
                ON CONFLICT (kind, source) DO NOTHING
                RETURNING user_id, id
            ){then}
            SELECT EXISTS (SELECT FROM moved) AS moved, (SELECT id FROM written) AS id,
                   {result} AS result
            """  # noqa: S608
        )

    def lock(self, session: Session, user_id: int) -> Any:
        """Lock the account, made if there is none; what is in it."""
        found = self._lock.first(session, user_id=user_id)
        while found is None:
            self._open.rows(session, user_id=user_id)
            found = self._lock.first(session, user_id=user_id)
        return found

    def lock_some(self, session: Session, user_ids: Iterable[int]) -> Mapping[int, Any]:
        """Lock accounts that were made before, by ascending id; what is in each."""
        wanted = set(user_ids)
        rows = self._lock_some.rows(session, user_ids=int_array(wanted))
        found = {row.user_id: row for row in rows}
        if len(found) != len(wanted):
            raise RuntimeError(f"no account: {sorted(wanted - set(found))}")
        return found

    def write_some(
        self, session: Session, kind: str, given: Iterable[tuple[int, str, Change]]
    ) -> Mapping[int, int]:
        """Write many entries (account, source, change) in one statement; each account's last one.

        For a sweep that has locked the accounts, and knows that all is new and that no figure falls
        below zero: the tables refuse it otherwise.
        """
        rows = [
            {"user_id": user_id, "source": source}
            | dict(zip(self._names, self._figures(change), strict=True))
            for user_id, source, change in given
        ]
        found = self._write_some.rows(session, kind=kind, rows=json.dumps(rows))
        return {row.user_id: row.id for row in found}

    def entry_of(self, session: Session, reason: Reason) -> int | None:
        """The entry that was made for this reason before, if any."""
        found = self._find.first(session, kind=reason.kind, source=reason.source)
        return None if found is None else found.id

    def write(self, session: Session, user_id: int, reason: Reason, change: Change) -> int:
        """Write an entry and move the account by it; the entry's id. The account is locked.

        Raises the ledger's `short` when something would fall below zero.
        """
        made = self.write_by(self._write, session, user_id, reason, change)
        if made is not None:
            return int(made.id)
        if self.entry_of(session, reason) is not None:
            raise _second(reason)
        raise self._short

    def write_by(
        self,
        statement: PreparedStatement,
        session: Session,
        user_id: int,
        reason: Reason,
        change: Change,
        **more: Any,
    ) -> Any:
        """The same by a statement of `writing`: its row; None when nothing was moved."""
        (made,) = statement.rows(
            session,
            user_id=user_id,
            kind=reason.kind,
            source=reason.source,
            note=reason.note,
            staff_id=reason.staff_id,
            **dict(zip(self._names, self._figures(change), strict=True)),
            **more,
        )
        if not made.moved:
            return None
        if made.id is None:  # another account has it, since a moment
            raise _second(reason)
        return made


def _second(reason: Reason) -> RuntimeError:
    return RuntimeError(f"a second entry: {reason.kind} {reason.source}")
