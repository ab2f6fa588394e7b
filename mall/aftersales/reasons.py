"""Why shoppers want their money back, in words for them."""

from __future__ import annotations

REFUND_ONLY = "refund_only"
RETURN_AND_REFUND = "return_and_refund"
KINDS = {REFUND_ONLY: "仅退款", RETURN_AND_REFUND: "退货退款"}

REASONS = {
    "not_wanted": "不想要了",
    "wrong_order": "拍错、多拍",
    "late": "未按约定时间发货",
    "missing": "少件、漏发",
    "not_received": "未收到货",
    "damaged": "商品破损",
    "defective": "质量问题",
    "not_as_described": "与描述不符",
    "wrong_goods": "发错商品",
    "other": "其他原因",
}
