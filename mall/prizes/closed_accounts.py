"""Prizes of a shopper who closes the account: those that wait for an address are for sale again.
What was sent stays on record by the shopper's id."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.prizes.expiring import expire_all_of
from mall.prizes.models import WAITING, PrizeClaim
from mall.users.closing import ClosingLoss
from mall.users.erasing import Eraser


def _lost(session: Session, user_id: int) -> str | None:
    left = session.scalar(
        select(func.sum(PrizeClaim.units - PrizeClaim.back_units)).where(
            PrizeClaim.user_id == user_id, PrizeClaim.state == WAITING
        )
    )
    return f"{left} 件未领取的奖品将作废" if left else None


PRIZES_LOST = ClosingLoss("prizes", _lost)
WAITING_PRIZES = Eraser(
    "prizes",
    expire_all_of,
    "EXISTS (SELECT 1 FROM prize_claims c WHERE c.user_id = u.id AND c.state = 'waiting_address')",
)
