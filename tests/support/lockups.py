"""Lock-ups in tests: offers, locks, and time that has passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.points.lockups.locking import lock
from mall.points.lockups.models import LockupOffer
from mall.points.lockups.offering import create_offer


def terms(**changes: Any) -> dict[str, Any]:
    """An offer that is open: 5 of 100 points for 30 days."""
    now = datetime.now(UTC)
    usual: dict[str, Any] = {
        "name": "积分锁定月",
        "description": "锁定积分，到期得奖励积分。",
        "rate_bp": 500,
        "days": 30,
        "min_points": 20,
        "max_points": 10_000,
        "per_shopper": 3,
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=10),
        "budget": 1_000,
    }
    return {**usual, **changes}


def make_offer(**changes: Any) -> int:
    return create_offer(accept_warnings=False, **terms(**changes))


def lock_points(user_id: int, offer_id: int, points: int) -> int:
    db.session.rollback()
    return lock(user_id, offer_id, points)


def time_comes(*lockup_ids: int) -> None:
    """The end of these locks was a second ago."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE lockups SET matures_at = clock_timestamp() - interval '1 second'"
                " WHERE id = ANY (:ids)"
            ),
            {"ids": list(lockup_ids)},
        )


def budget_of(offer_id: int) -> tuple[int, int]:
    """Promised, paid."""
    db.session.rollback()
    row = db.session.execute(
        select(LockupOffer.promised, LockupOffer.paid).where(LockupOffer.id == offer_id)
    ).one()
    db.session.rollback()
    return row.promised, row.paid
