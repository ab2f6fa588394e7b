"""Ending what has expired, so that the history says so."""

from __future__ import annotations

from sqlalchemy import func, select

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.referral.bindings.binding import end
from mall.referral.bindings.models import EXPIRED, Binding

BATCH = 200


@job("referral.end_expired_bindings", retry=SWEEP, cron="*/10 * * * *")
def end_expired() -> None:
    """End bindings whose time is over; a batch a transaction, until none is left."""
    while _end_batch() == BATCH:
        pass


def _end_batch() -> int:
    with transaction() as session:
        due = session.scalars(
            select(Binding.id)
            .where(Binding.ended_at.is_(None), Binding.expires_at <= func.clock_timestamp())
            .order_by(Binding.expires_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for binding_id in due:
            end(session, binding_id, EXPIRED)
    return len(due)
