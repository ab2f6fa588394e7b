"""Reads of screening, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.referral.bindings.models import Binding
from mall.referral.screening.models import Screening


def screenings(
    session: Session,
    *,
    status: str | None = None,
    inviter_id: int | None = None,
    from_score: int = 0,
    before: int | None = None,
    limit: int,
) -> Sequence[Any]:
    """Bindings with how they stand, newest first, one more than `limit`."""
    query = (
        select(
            *Screening.__table__.c,
            Binding.inviter_id,
            Binding.invitee_id,
            Binding.bound_at,
        )
        .join(Binding, Binding.id == Screening.binding_id)
        .where(Screening.score >= from_score)
        .order_by(Screening.binding_id.desc())
        .limit(limit + 1)
    )
    if status is not None:
        query = query.where(Screening.status == status)
    if inviter_id is not None:
        query = query.where(Binding.inviter_id == inviter_id)
    if before is not None:
        query = query.where(Screening.binding_id < before)
    return session.execute(query).all()
