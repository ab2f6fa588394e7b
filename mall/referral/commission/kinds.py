"""Kinds of entries, with what promoters read about them."""

from __future__ import annotations

EARN, REVERSE, SETTLE, VOID, REPAY = "earn", "reverse", "settle", "void", "repay"
HOLD, PAY, RELEASE, FORFEIT = "hold", "pay", "release", "forfeit"

LABELS = {
    EARN: "订单佣金（待结算）",
    REVERSE: "退款扣回佣金",
    SETTLE: "佣金到账",
    VOID: "佣金失效",
    REPAY: "抵扣欠款",
    HOLD: "提现申请",
    PAY: "提现到账",
    RELEASE: "提现退回",
    FORFEIT: "注销清零",
}
