"""Reads of invites."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.referral.invites.models import ReferralInvite
from mall.referral.invites.states import QUALIFIED


def invite(session: Session, invite_id: int) -> ReferralInvite | None:
    """An invite, read afresh."""
    return session.get(ReferralInvite, invite_id, populate_existing=True)


def invites_of(
    session: Session, inviter_id: int, *, before: int | None = None, limit: int
) -> Sequence[ReferralInvite]:
    """Whom a shopper brought, newest first; one more than `limit`."""
    query = (
        select(ReferralInvite)
        .where(ReferralInvite.inviter_id == inviter_id)
        .order_by(ReferralInvite.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(ReferralInvite.id < before)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def qualified_count(session: Session, inviter_id: int, since: datetime, until: datetime) -> int:
    """How many invites of a shopper came to count from `since` until before `until`."""
    return session.scalars(
        select(func.count())
        .select_from(ReferralInvite)
        .where(
            ReferralInvite.inviter_id == inviter_id,
            ReferralInvite.status == QUALIFIED,
            ReferralInvite.qualified_at >= since,
            ReferralInvite.qualified_at < until,
        )
    ).one()
