"""What always holds of uploads and what refers to them."""

from __future__ import annotations

from mall.kernel.db import Base
from mall.kernel.invariants import Invariant
from mall.kernel.uploaded import Holder, holders


def _not_held(holder: Holder) -> str:
    return f"""
    SELECT '{holder.table}' AS "table", t.id AS row_id, named AS name
    FROM {holder.table} t CROSS JOIN unnest({holder.names}) named
    WHERE ({holder.mentions}) AND NOT EXISTS (
        SELECT FROM upload_references r JOIN uploads u ON u.name = r.name
        WHERE r.name = named AND r.table_name = '{holder.table}' AND r.row_id = t.id
          AND u.expires_at IS NULL
    )"""  # noqa: S608 - names that the models declare


def _not_named(holder: Holder) -> str:
    return f"""
    SELECT r.table_name, r.row_id, r.name FROM upload_references r
    LEFT JOIN {holder.table} t ON t.id = r.row_id
    WHERE r.table_name = '{holder.table}'
      AND (t.id IS NULL OR NOT r.name = ANY({holder.names}))"""  # noqa: S608 - as above


def _references_without_file() -> str:
    return " UNION ALL ".join(map(_not_held, holders(Base.metadata)))


def _references_of_nothing() -> str:
    return " UNION ALL ".join(map(_not_named, holders(Base.metadata)))


INVARIANTS = (
    Invariant(
        "U1",
        "an upload that a product, a category, a shopper … shows is there and doesn't expire",
        _references_without_file,
    ),
    Invariant(
        "U2", "what is written to refer to an upload does refer to it", _references_of_nothing
    ),
    Invariant(
        "U3",
        "an upload that doesn't expire is used by something, and one that is used doesn't expire",
        """
        SELECT u.name, u.attached_to, u.expires_at FROM uploads u
        WHERE u.created_at >= :since
          AND (u.expires_at IS NULL) <> (u.attached_to IS NOT NULL OR EXISTS (
              SELECT FROM upload_references r WHERE r.name = u.name
          ))
        """,
    ),
)
