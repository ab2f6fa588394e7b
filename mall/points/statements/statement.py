"""A shopper's statement for staff: by kind and month, with the balance after each entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE, day_start
from mall.kernel.db import connect_transactional
from mall.kernel.sheet_chunks import BATCH, Number, Row
from mall.points.ledger.kinds import LABELS
from mall.points.ledger.models import PointsAccount, PointsEntry
from mall.points.statements.details import details_of
from mall.points.statements.queries import COPIED, Line

HEADER = (
    *("流水编号", "时间", "类型", "可用", "冻结", "占用", "欠分", "余额"),
    *("说明", "来源", "员工编号"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of one kind, of the month of the shop that begins with `first`, or all."""

    kind: str | None = None
    first: date | None = None

    @property
    def is_all(self) -> bool:
        return self.kind is None and self.first is None

    def apply(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        if self.kind is not None:
            query = query.where(PointsEntry.kind == self.kind)
        if self.first is not None:
            following = (self.first + timedelta(days=31)).replace(day=1)
            query = query.where(
                PointsEntry.created_at >= day_start(self.first),
                PointsEntry.created_at < day_start(following),
            )
        return query


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: before this entry, and with this balance after the one before it."""

    entry_id: int
    balance: int


@dataclass(frozen=True, slots=True)
class BalancedLine(Line):
    """`balance` is what was available after the entry; None in a choice of entries."""

    balance: int | None = None

    def following(self) -> list[int]:
        """The `Place` of what is older, for a cursor."""
        return [self.id, (self.balance or 0) - self.available]


def statement(
    session: Session, user_id: int, wanted: Wanted, *, after: Place | None, limit: int
) -> list[BalancedLine]:
    """A shopper's entries, newest first; one more than `limit`.

    The balance goes backwards from the account's, read by the same statement: it costs nothing.
    """
    query = (
        select(PointsEntry, PointsAccount.available)
        .join(PointsAccount, PointsAccount.user_id == PointsEntry.user_id)
        .where(PointsEntry.user_id == user_id)
    )
    if after is not None:
        query = query.where(PointsEntry.id < after.entry_id)
    rows = session.execute(
        wanted.apply(query).order_by(PointsEntry.id.desc()).limit(limit + 1)
    ).all()
    details = details_of(session, [entry for entry, _ in rows])
    balance = _first_balance(wanted, after, rows)
    lines = []
    for entry, _ in rows:
        copied = {name: getattr(entry, name) for name in COPIED}
        lines.append(BalancedLine(detail=details.get(entry.id, ""), balance=balance, **copied))
        balance = None if balance is None else balance - entry.available
    return lines


def _first_balance(wanted: Wanted, after: Place | None, rows: Any) -> int | None:
    if not rows or not wanted.is_all:
        return None
    return int(rows[0].available) if after is None else after.balance


def statement_rows(engine: Engine, user_id: int, wanted: Wanted) -> Iterator[Row]:
    """The entries for an export, oldest first, from a cursor in the server.

    The balance stands beside all entries of a month, and in a choice by kind nowhere.
    """
    columns = PointsEntry.__table__.c
    query = wanted.apply(select(*columns).where(PointsEntry.user_id == user_id))
    streaming = connect_transactional(engine).execution_options(
        stream_results=True, yield_per=BATCH
    )
    with streaming as connection:
        balance = _before(connection, user_id, wanted)
        for batch in connection.execute(query.order_by(PointsEntry.id)).partitions(BATCH):
            for row in batch:
                balance += row.available
                yield _cells(row, balance if wanted.kind is None else None)


def _before(connection: Any, user_id: int, wanted: Wanted) -> int:
    """What was available before the month began."""
    if wanted.first is None or wanted.kind is not None:
        return 0
    earlier = select(func.coalesce(func.sum(PointsEntry.available), 0)).where(
        PointsEntry.user_id == user_id, PointsEntry.created_at < day_start(wanted.first)
    )
    return int(connection.execute(earlier).scalar_one())


def _cells(row: Any, balance: int | None) -> Row:
    moment = row.created_at.astimezone(SHOP_ZONE)
    return (
        *(str(row.id), f"{moment:%Y-%m-%d %H:%M:%S}", LABELS.get(row.kind, row.kind)),
        *(Number(figure) for figure in (row.available, row.frozen, row.held, row.debt)),
        "" if balance is None else Number(balance),
        *(row.note, row.source, str(row.staff_id or "")),
    )
