"""Variables of earlier versions that are settings now, kept in PostgreSQL.

The migration `settings_0001` took over the values that stood in its environment. Whoever
still sets such a variable is told that nothing reads it.
"""

from __future__ import annotations

import os

MOVED = {
    "MALL_UNPAID_CLOSE_MIN": "orders.unpaid_close_min",
    "MALL_AUTO_CONFIRM_DAYS": "orders.auto_confirm_days",
    "MALL_LATE_PAYMENT_POLICY": "payments.late_payment_policy",
    "MALL_FREIGHT_FEN": "shipping.freight_fen",
    "MALL_FREE_FREIGHT_FROM_FEN": "shipping.free_freight_from_fen",
    "MALL_AFTERSALE_DAYS": "aftersales.window_days",
    "MALL_AFTERSALE_STAFF_H": "aftersales.staff_h",
    "MALL_AFTERSALE_SHOPPER_DAYS": "aftersales.shopper_days",
    "MALL_AFTERSALE_RECEIPT_DAYS": "aftersales.receipt_days",
    "MALL_SHOPPER_SESSION_DAYS": "users.session_days",
    "MALL_STAFF_SESSION_MIN": "staff.session_min",
    "MALL_FLASH_PAY_MIN": "flashsale.pay_min",
    "MALL_FLASH_MAX_RISK": "flashsale.max_risk",
    "MALL_TEMPLATE_ORDER_SHIPPED": "messages.order_shipped_template",
    "MALL_TEMPLATE_ORDER_SHIPPED_FIELDS": "messages.order_shipped_template",
    "MALL_TEMPLATE_ORDER_SHIPPED_PAGE": "messages.order_shipped_template",
    "MALL_TEMPLATE_COUPON_EXPIRING": "coupons.expiring_template",
    "MALL_TEMPLATE_COUPON_EXPIRING_FIELDS": "coupons.expiring_template",
    "MALL_TEMPLATE_COUPON_EXPIRING_PAGE": "coupons.expiring_template",
    "MALL_TEMPLATE_FLASH_STARTING": "flashsale.starting_template",
    "MALL_TEMPLATE_FLASH_STARTING_FIELDS": "flashsale.starting_template",
    "MALL_TEMPLATE_FLASH_STARTING_PAGE": "flashsale.starting_template",
}


def moved_variables() -> list[dict[str, str]]:
    """Those that stand in the environment of this process, each with its setting."""
    return [
        {"variable": variable, "setting": setting}
        for variable, setting in MOVED.items()
        if os.environ.get(variable)
    ]
