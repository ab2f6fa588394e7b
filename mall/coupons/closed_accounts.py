"""What a shopper who closes the account loses in coupons."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.coupons.models import AVAILABLE, Coupon
from mall.users.closing import ClosingLoss


def _lost(session: Session, user_id: int) -> str | None:
    left = session.scalar(
        select(func.count()).where(
            Coupon.user_id == user_id,
            Coupon.status == AVAILABLE,
            Coupon.expires_at > func.clock_timestamp(),
        )
    )
    return f"{left} 张可用优惠券将作废" if left else None


COUPONS_LOST = ClosingLoss("coupons", _lost)
