"""What a shop owner decides of coupons."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

EXPIRING_TEMPLATE = message_template(
    "coupons.expiring_template",
    default=MessageTemplate(fields={"coupon": "thing1", "expires_at": "time2", "note": "thing3"}),
    names=("coupon", "expires_at", "note"),
    label="优惠券到期提醒的订阅消息模板",
    help="模板 ID 留空则不发送；page 例如 pages/coupons。",
)
