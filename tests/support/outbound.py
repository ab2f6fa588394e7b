"""Outbound calls in tests: their rows, and time that passes for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.kernel.db import db
from mall.kernel.outbound_jobs import sweep_outbound_calls


def sweep_now() -> None:
    """Every call that waits is due, and the sweep defers its job."""
    db.session.rollback()
    db.session.execute(
        text(
            "UPDATE outbound_calls SET due_at = now(), claimed_until = now()"
            " WHERE due_at IS NOT NULL"
        )
    )
    db.session.commit()
    sweep_outbound_calls()


def call_of(kind: str, key: int) -> dict[str, Any]:
    """The row of a call."""
    db.session.rollback()
    found = db.session.execute(
        text("SELECT * FROM outbound_calls WHERE kind = :kind AND key = :key"),
        {"kind": kind, "key": key},
    )
    return dict(found.mappings().one())
