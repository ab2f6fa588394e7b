"""What becomes of a promoter who closes the account: an end. What they wrote is erased; which
agreement they accepted and how they became a promoter stays on record, by the shopper's id."""

from __future__ import annotations

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from mall.referral.promoters.models import BY_CLOSING, ENDED, Promoter, PromoterChange
from mall.users.closing import ClosingLoss
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    open_row = select(
        Promoter.user_id,
        Promoter.status,
        literal(ENDED),
        Promoter.level_id,
        Promoter.level_id,
        literal(BY_CLOSING),
    ).where(Promoter.user_id == user_id, Promoter.status != ENDED)
    columns = ("user_id", "old_status", "new_status", "old_level_id", "new_level_id", "cause")
    session.execute(insert(PromoterChange).from_select(columns, open_row.with_for_update()))
    session.execute(
        update(Promoter)
        .where(Promoter.user_id == user_id)
        .values(status=ENDED, note=None, reason=None)
    )


PROMOTERS = Eraser(
    "promoters",
    _erase,
    "EXISTS (SELECT 1 FROM promoters p WHERE p.user_id = u.id"
    " AND (p.status <> 'ended' OR p.note IS NOT NULL))",
)


def _lost(session: Session, user_id: int) -> str | None:
    status = session.scalar(select(Promoter.status).where(Promoter.user_id == user_id))
    return "推广员身份将终止" if status in ("active", "blocked") else None


STANDING = ClosingLoss("promoter", _lost)
