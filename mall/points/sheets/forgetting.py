"""Sheets that never gave anything are deleted after a month; those that did are kept."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import transaction

BATCH = 5
"""Sheets of one transaction, with all their lines."""
_FORGET = text(
    """
    DELETE FROM points_sheets WHERE id IN (
        SELECT id FROM points_sheets
        WHERE status IN ('faulty', 'canceled') AND created_at < now() - interval '30 days'
        ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING id
    """
)


def forget_batch() -> int:
    """Delete some of them; how many."""
    with transaction() as session:
        return len(session.execute(_FORGET, {"batch": BATCH}).all())
