"""What always holds of uploads and what refers to them."""

from __future__ import annotations

from mall.kernel.db import Base
from mall.kernel.invariants import Invariant
from mall.kernel.uploaded import SELF, Holder, holders

# Shoppers who are new or have uploaded something lately: their rows and files are looked up.
_SHOPPERS = """
    SELECT id FROM users WHERE created_at >= :since
    UNION SELECT user_id FROM uploads WHERE created_at >= :since AND user_id IS NOT NULL
"""


def _rows(holder: Holder) -> str:
    """The rows to look at: what staff make is all looked at, of shoppers who did something."""
    if holder.owner != SELF:
        return holder.table
    return f"""({_SHOPPERS}) s
        CROSS JOIN LATERAL (SELECT * FROM {holder.table} WHERE id = s.id LIMIT 1)"""  # noqa: S608


def _references(holder: Holder) -> str:
    """The references of these rows; of shoppers also those of recent files, whoever has them."""
    of_table = f"SELECT * FROM upload_references WHERE table_name = '{holder.table}'"  # noqa: S608
    if holder.owner != SELF:
        return of_table
    return f"""
        SELECT own.* FROM ({_SHOPPERS}) s
        CROSS JOIN LATERAL ({of_table} AND row_id = s.id OFFSET 0) own
        UNION SELECT own.* FROM uploads u
        CROSS JOIN LATERAL ({of_table} AND name = u.name OFFSET 0) own
        WHERE u.created_at >= :since"""  # noqa: S608


def _not_held(holder: Holder) -> str:
    return f"""
    SELECT '{holder.table}' AS "table", t.id AS row_id, named AS name
    FROM {_rows(holder)} t CROSS JOIN unnest({holder.names}) named
    WHERE ({holder.mentions}) AND NOT EXISTS (
        SELECT FROM upload_references r JOIN uploads u ON u.name = r.name
        WHERE r.name = named AND r.table_name = '{holder.table}' AND r.row_id = t.id
          AND u.expires_at IS NULL
    )"""  # noqa: S608 - names that the models declare


def _not_named(holder: Holder) -> str:
    return f"""
    SELECT r.table_name, r.row_id, r.name FROM ({_references(holder)}) r
    LEFT JOIN {holder.table} t ON t.id = r.row_id
    WHERE t.id IS NULL OR NOT r.name = ANY({holder.names})"""  # noqa: S608 - as above


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
          AND (u.expires_at IS NULL) <> (u.attached_to IS NOT NULL OR 0 < (
              SELECT count(*) FROM upload_references r WHERE r.name = u.name
          ))
        """,
    ),
)
