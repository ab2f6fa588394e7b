"""Key rotation: re-seal whatever is sealed under an old key.

A sealed column declares its purpose in its model: `info={"sealed": "user.phone"}`. Nothing
is registered here; every mapped table is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, func, select, update

from mall.kernel.db import Base, db, transaction
from mall.kernel.sealed import sealer

BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values, its row's key, and the purpose of the seal."""

    name: str
    column: Column[Any]
    key: Column[Any]
    purpose: str

    @property
    def is_old(self) -> ColumnElement[bool]:
        """Sealed under another key than the current one."""
        prefix = sealer().current_prefix
        return func.substring(self.column, 1, len(prefix)) != prefix


def sealed_columns() -> Iterator[SealedColumn]:
    """Every sealed column of every table."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if "sealed" in column.info:
                (key,) = table.primary_key.columns
                yield SealedColumn(
                    f"{table.name}.{column.name}", column, key, column.info["sealed"]
                )


def waiting(sealed: SealedColumn) -> int:
    """How many values are still sealed under an old key."""
    count = select(func.count()).select_from(sealed.column.table).where(sealed.is_old)
    return db.session.scalar(count) or 0


def reseal(sealed: SealedColumn) -> Iterator[int]:
    """Re-seal every old value, a short transaction a batch; gives the size of each.

    May be stopped and started again at any time, and run beside a working mall. Raises
    KeyError when a value's key is no longer in the configuration: nothing of its batch is
    written then.
    """
    last: Any = None
    while True:
        with transaction() as session:
            query = select(sealed.key, sealed.column).where(sealed.is_old)
            if last is not None:
                query = query.where(sealed.key > last)
            rows = session.execute(query.order_by(sealed.key).limit(BATCH).with_for_update()).all()
            if not rows:
                return
            last = rows[-1][0]
            session.connection().execute(
                update(sealed.column.table)
                .where(sealed.key == bindparam("row"))
                .values({sealed.column: bindparam("value")}),
                [{"row": key, "value": _again(value, sealed.purpose)} for key, value in rows],
            )
        yield len(rows)


def _again(value: bytes, purpose: str) -> bytes:
    return sealer().seal(sealer().open(bytes(value), purpose), purpose)
