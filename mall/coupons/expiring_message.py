"""The message about a coupon that will expire."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.coupons.events import CouponExpiringSoon
from mall.coupons.models import AVAILABLE, Coupon, CouponTemplate
from mall.coupons.settings import EXPIRING_TEMPLATE
from mall.kernel.clock import SHOP_ZONE
from mall.messages.kinds import Content, Kind
from mall.messages.sending import send_soon
from mall.settings import MessageTemplate

NOTE = "优惠券即将到期，记得使用"


def send_message_on_coupon_expiring_soon(session: Session, event: CouponExpiringSoon) -> None:
    """Tell the shopper once, unless the coupon was used meanwhile."""
    status = session.scalar(select(Coupon.status).where(Coupon.id == event.coupon_id))
    if status == AVAILABLE:
        send_soon(session, COUPON_EXPIRING.name, str(event.coupon_id), event.user_id)


def _write(session: Session, template: MessageTemplate, coupon_id: str) -> Content:
    row = session.execute(
        select(CouponTemplate.name, Coupon.expires_at)
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
        .where(Coupon.id == int(coupon_id))
    ).one()
    values = {
        "coupon": row.name,
        "expires_at": row.expires_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M"),
        "note": NOTE,
    }
    return Content(template.data(values), template.page_for())


COUPON_EXPIRING = Kind("coupon_expiring", EXPIRING_TEMPLATE, _write)
