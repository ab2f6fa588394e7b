"""Reads of promoters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.referral.promoters.models import ACTIVE, Promoter, PromoterAgreement
from mall.users.models import User


@dataclass(frozen=True, slots=True)
class ActivePromoter:
    """A promoter who is paid now, and their level."""

    user_id: int
    level_id: int


def active_promoter(session: Session, user_id: int) -> ActivePromoter | None:
    """The shopper as a promoter who is paid now: active, with the agreement in force accepted,
    and an account that is open. None for anybody else."""
    row = session.execute(_active().where(Promoter.user_id == user_id)).one_or_none()
    return None if row is None else ActivePromoter(row.user_id, row.level_id)


def active_promoters(session: Session, user_ids: Collection[int]) -> dict[int, ActivePromoter]:
    """Those of these shoppers who are paid as promoters now, by their ids, in one read."""
    if not user_ids:
        return {}
    rows = session.execute(_active().where(Promoter.user_id.in_(user_ids)))
    return {row.user_id: ActivePromoter(row.user_id, row.level_id) for row in rows}


def _active() -> Select[int, int]:
    in_force = (
        select(func.coalesce(func.max(PromoterAgreement.version), 0))
        .where(PromoterAgreement.in_force_at <= func.clock_timestamp())
        .scalar_subquery()
    )
    return (
        select(Promoter.user_id, Promoter.level_id)
        .join(User, User.id == Promoter.user_id)
        .where(
            Promoter.status == ACTIVE,
            Promoter.agreement_version >= in_force,
            User.closed_at.is_(None),
        )
    )
