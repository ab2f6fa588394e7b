"""What a shop owner decides of payments."""

from __future__ import annotations

from mall.settings import choice

RESERVE_AGAIN = "reserve_again"
LATE_PAYMENT_POLICY = choice(
    "payments.late_payment_policy",
    default=RESERVE_AGAIN,
    choices={RESERVE_AGAIN: "库存足够就恢复订单，否则退款", "refund": "一律退款"},
    label="订单关闭后才到账的付款",
    help="顾客付款时订单刚好已关闭：重新占用库存并恢复订单，还是原路退款。",
)
SETTINGS = (LATE_PAYMENT_POLICY,)
