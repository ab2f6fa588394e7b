"""All rows of the database, to show that a request changed none."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import db

_NOT_WRITING = {
    "alembic_version",
    # A login slides its own expiry.
    "user_tokens",
    "staff_sessions",
}
# Only tables that were ever written have a size: the many others cost nothing.
_WRITTEN = text(
    """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
    ORDER BY 1
    """
)


def fingerprint() -> dict[str, str]:
    """A digest of the rows of every table that has any."""
    db.session.rollback()
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, md5(string_agg(r, '|' ORDER BY r)) AS digest"
        " FROM (SELECT (to_jsonb(t) - 'failed_logins' - 'last_seen_at')::text AS r"
        f' FROM "{name}" t) rows HAVING count(*) > 0'
        for name in db.session.scalars(_WRITTEN)
        if name not in _NOT_WRITING
    )
    found = {row.name: row.digest for row in db.session.execute(text(parts))}
    db.session.rollback()
    return found


def changed(before: dict[str, str]) -> list[str]:
    """The tables that were written since `before`."""
    now = fingerprint()
    return sorted(name for name in now | before if now.get(name) != before.get(name))
