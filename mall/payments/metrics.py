"""What an operator watches: notices by result, late payments, refunds that failed."""

from __future__ import annotations

from mall.kernel.metrics import Counter

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
REFUND_FAILURES = Counter(
    "mall_refund_failures_total", "Tries of refunds that didn't work out", ["reason"]
)
DISCREPANCIES = Counter(
    "mall_payment_discrepancies_total", "Statements of WeChat that contradict our books", ["kind"]
)
RECONCILIATIONS = Counter(
    "mall_reconciliations_total", "Runs of the daily reconciliation by how they ended", ["ending"]
)
