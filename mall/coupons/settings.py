"""What a shop owner decides of coupons."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, whole_number

EXPIRING_DAYS = whole_number(
    "coupons.expiring_days",
    default=3,
    at_least=1,
    at_most=30,
    unit="天",
    label="优惠券到期提醒提前天数",
    help="优惠券到期前多少天提醒顾客；有效期较短的券在后半段提醒。",
)
EXPIRING_TEMPLATE = message_template(
    "coupons.expiring_template",
    default=MessageTemplate(fields={"coupon": "thing1", "expires_at": "time2", "note": "thing3"}),
    names=("coupon", "expires_at", "note"),
    label="优惠券到期提醒的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/coupons。",
)
SETTINGS = (EXPIRING_DAYS, EXPIRING_TEMPLATE)
