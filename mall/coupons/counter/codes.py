"""The code that a shopper shows at a counter, for one coupon (`mall/users/shown_codes.py`)."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.coupons.counter.errors import (
    CounterCodeExpired,
    CounterCodeUnknown,
    CounterCodeUsed,
    CouponNotAtCounter,
)
from mall.coupons.counter.models import CounterCode
from mall.coupons.errors import CouponNotFound, CouponNotUsable
from mall.coupons.models import AVAILABLE, Coupon, CouponTemplate
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.users import shown_codes
from mall.users.shown_codes import DrawnCode, Refused

PREFIX = "98"
_WHY: dict[Refused, type[MallError]] = {
    "unknown": CounterCodeUnknown,
    "used": CounterCodeUsed,
    "expired": CounterCodeExpired,
}


def draw(user_id: int, coupon_id: int) -> DrawnCode:
    """A new code for one of the shopper's coupons. The one before can't be used any more.

    Raises CouponNotFound, CouponNotAtCounter, CouponNotUsable.
    """
    now = func.clock_timestamp()
    usable = (Coupon.status == AVAILABLE) & (Coupon.valid_from <= now) & (Coupon.expires_at > now)
    with transaction() as session:
        row = session.execute(
            select(CouponTemplate.at_counter, usable.label("usable"))
            .join(Coupon, Coupon.template_id == CouponTemplate.id)
            .where(Coupon.id == coupon_id, Coupon.user_id == user_id)
        ).one_or_none()
        if row is None:
            raise CouponNotFound
        if not row.at_counter:
            raise CouponNotAtCounter
        if not row.usable:
            raise CouponNotUsable
        return shown_codes.draw(session, CounterCode, user_id, PREFIX, coupon_id=coupon_id)


def use(session: Session, hashed: bytes) -> CounterCode:
    """Use a code up, in the transaction of the redemption: whose it is, and for which coupon.

    Of several at once one has it. Raises CounterCodeUnknown, CounterCodeUsed, CounterCodeExpired.
    """
    found = shown_codes.use(session, CounterCode, hashed)
    if isinstance(found, str):
        raise _WHY[found](param="code")
    return found
