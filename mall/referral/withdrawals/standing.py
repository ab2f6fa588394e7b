"""Who may withdraw: who is or was a promoter and isn't blocked. What was earned stays theirs when
they stop being one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.referral.promoters.models import BLOCKED, Promoter
from mall.referral.withdrawals.errors import NotAPromoter, PromoterBlocked


def check_standing(session: Session, user_id: int) -> None:
    """Raises NotAPromoter, PromoterBlocked."""
    found = session.execute(
        select(Promoter.status, Promoter.active_at).where(Promoter.user_id == user_id)
    ).one_or_none()
    if found is None or found.active_at is None:
        raise NotAPromoter
    if found.status == BLOCKED:
        raise PromoterBlocked
