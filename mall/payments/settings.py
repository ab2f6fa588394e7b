"""What a shop owner decides of payments."""

from __future__ import annotations

from mall.kernel.money import MAX_FEN
from mall.settings import choice, whole_number

RESERVE_AGAIN = "reserve_again"
LATE_PAYMENT_POLICY = choice(
    "payments.late_payment_policy",
    default=RESERVE_AGAIN,
    choices={RESERVE_AGAIN: "库存足够就恢复订单，否则退款", "refund": "一律退款"},
    label="订单关闭后才到账的付款",
    help="顾客付款时订单刚好已关闭：重新占用库存并恢复订单，还是原路退款。",
)
REFUND_APPROVAL_ABOVE_FEN = whole_number(
    "payments.refund_approval_above_fen",
    default=0,
    at_least=0,
    at_most=MAX_FEN,
    unit="分",
    label="退款需他人审批的金额",
    help="员工发起的退款使该订单累计退款超过这个金额时，须由另一名员工审批；0 表示无需审批。",
    permission="refund:approve",
)
AVAILABLE = "AVAILABLE"
REFUND_FUNDS = choice(
    "payments.refund_funds",
    default="UNSETTLED",
    choices={"UNSETTLED": "未结算资金（微信默认）", AVAILABLE: "可用余额"},
    label="退款出资账户",
    help="退款的钱从哪里出。未结算资金不足而可用余额充足的商户，可改用可用余额；只影响之后发起的退款。",
    permission="refund:write",
)
SETTINGS = (LATE_PAYMENT_POLICY, REFUND_APPROVAL_ABOVE_FEN, REFUND_FUNDS)
