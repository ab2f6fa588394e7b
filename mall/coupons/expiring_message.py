"""The message about a coupon that will expire."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.coupons.events import CouponExpiringSoon
from mall.coupons.models import AVAILABLE, Coupon, CouponTemplate
from mall.coupons.settings import EXPIRING_TEMPLATE
from mall.kernel.clock import SHOP_ZONE
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon

NOTE = "优惠券即将到期，记得使用"


def send_message_on_coupon_expiring_soon(session: Session, event: CouponExpiringSoon) -> None:
    """Tell the shopper once, unless the coupon was used meanwhile."""
    coupon = _usable(session, event.coupon_id)
    if coupon is not None:
        send_soon(
            session,
            COUPON_EXPIRING.name,
            str(event.coupon_id),
            event.user_id,
            good_until=coupon.expires_at,
        )


def _write(session: Session, coupon_id: str, _user_id: int) -> Content | None:
    """Nothing of a coupon that was used or taken back since."""
    coupon = _usable(session, int(coupon_id))
    if coupon is None:
        return None
    ends = coupon.expires_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")
    values = {"coupon": coupon.name, "expires_at": ends, "note": NOTE}
    return Content(values, "优惠券即将到期", f"您的优惠券「{coupon.name}」将于 {ends} 到期。")


def _usable(session: Session, coupon_id: int) -> Any:
    """Name and end of a coupon that can still be used; None for any other."""
    return session.execute(
        select(CouponTemplate.name, Coupon.expires_at)
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
        .where(
            Coupon.id == coupon_id,
            Coupon.status == AVAILABLE,
            Coupon.expires_at > func.clock_timestamp(),
        )
    ).one_or_none()


COUPON_EXPIRING = Kind("coupon_expiring", Purpose.MARKETING, EXPIRING_TEMPLATE, _write, priority=50)
