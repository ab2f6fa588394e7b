"""Columns that name uploads: the error for one that isn't there, and what the sweep asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.config import Config
from mall.kernel.db import Base, constraint_of
from mall.kernel.uploaded import PATH, given_name, holders
from mall.uploads.errors import UploadGone
from mall.uploads.names import thumbnail_name

CONSTRAINT = "fk_upload_references_held"


def init_held(_app: Flask, _config: Config) -> None:
    """Tell the triggers' refusal as UploadGone, whichever statement of whichever feature met it."""
    if not event.contains(Engine, "handle_error", _named):
        event.listen(Engine, "handle_error", _named)


def _named(context: Any) -> None:
    fault = context.sqlalchemy_exception
    if isinstance(fault, IntegrityError) and constraint_of(fault) == CONSTRAINT:
        raise UploadGone


def keep_repeated(session: Session, names: list[str]) -> list[str]:
    """The names that no table repeats; what one does repeat is kept for good.

    An order shows the picture that the product had: the picture stays when the product has
    another one.
    """
    free = set(names)
    for table in holders(Base.metadata, snapshots=True):
        for column in table.columns:
            kept = free & _named_in(session, table.table, column, free)
            if kept:
                session.execute(_KEEP, {"names": list(kept), "table": table.table})
                session.execute(_UNLIMITED, {"names": list(kept)})
            free -= kept
    return [name for name in names if name in free]


_KEEP = text(
    "INSERT INTO upload_references (name, table_name, row_id)"
    " SELECT name, :table, 0 FROM unnest(CAST(:names AS text[])) name ON CONFLICT DO NOTHING"
)
_UNLIMITED = text("UPDATE uploads SET expires_at = NULL WHERE name = ANY(:names)")


def _named_in(session: Session, table: str, column: str, names: Iterable[str]) -> set[str]:
    """Which of these uploads a column names."""
    # The first condition is that of the column's partial index. Both names are declared ones.
    asked = text(
        f"SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE '{PATH}%'"  # noqa: S608
        f" AND {column} = ANY(:addresses)"
    )
    addresses = [PATH + one for name in names for one in (name, thumbnail_name(name))]
    return {given_name(found) for found in session.scalars(asked, {"addresses": addresses})}
