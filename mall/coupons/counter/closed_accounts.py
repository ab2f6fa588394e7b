"""The code of a shopper who closes the account; what was redeemed stays."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.coupons.counter.models import CounterCode
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(CounterCode).where(CounterCode.user_id == user_id))


COUPON_CODES = Eraser(
    "coupon codes",
    _erase,
    "EXISTS (SELECT 1 FROM coupon_counter_codes c WHERE c.user_id = u.id)",
)
