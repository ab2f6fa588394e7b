"""What isn't broken but needs somebody: the lists that features declare, and the parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Subquery, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from mall.kernel.db import db, transaction
from mall.kernel.http.health import readiness
from mall.kernel.invariants import ATTENTION, AttentionList
from mall.kernel.jobs import brief

SHOWN = 20
TIMEOUT_S = 20


@dataclass(frozen=True)
class AttentionItems:
    """How many things are on a list, and the first of them; or why that isn't known."""

    of: AttentionList
    count: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    fault: str | None = None


def attention_lists(*, of_storage: bool = True) -> Iterator[AttentionItems]:
    """Every list, the empty ones too; those that read the storage of files only if asked for.
    Call it outside of a transaction."""
    for one in ATTENTION.items().values():
        if one.reads_storage and not of_storage:
            continue
        try:
            yield _read(one)
        except SQLAlchemyError as fault:
            yield AttentionItems(one, fault=brief(fault))


def surroundings() -> dict[str, str]:
    """PostgreSQL, Redis and the migrations ("ok" or what is wrong), and the connection pool."""
    return {**readiness(), "pool": db.engine.pool.status()}


def _read(one: AttentionList) -> AttentionItems:
    if one.find is not None:
        rows = one.find()
        return AttentionItems(one, len(rows), list(rows[:SHOWN]))
    if one.query is None:
        return AttentionItems(one, fault="neither a query nor a function")
    return _select(one, one.query.subquery())


def _select(one: AttentionList, found: Subquery) -> AttentionItems:
    with transaction() as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        session.execute(text(f"SET LOCAL statement_timeout = '{TIMEOUT_S}s'"))
        count = session.scalar(select(func.count()).select_from(found)) or 0
        rows = session.execute(select(found).limit(SHOWN)).mappings()
        return AttentionItems(one, count, [dict(row) for row in rows])
