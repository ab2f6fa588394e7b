"""What an operator watches: callbacks by result, late payments, discrepancies."""

from __future__ import annotations

from prometheus_client import Counter

NOTIFICATIONS = Counter(
    "mall_wechat_pay_notifications_total",
    "Callbacks of WeChat Pay by what was made of them",
    ["kind", "result"],
)
LATE_PAYMENTS = Counter(
    "mall_late_payments_total",
    "Payments that no order was waiting for, by what became of them",
    ["outcome"],
)
DISCREPANCIES = Counter(
    "mall_payment_discrepancies_total", "Statements of WeChat that contradict our books", ["kind"]
)
