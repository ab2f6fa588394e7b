"""What of free orders needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.lottery.teams.models import FreeOrder, LotteryMember
from mall.orders.models import Order

LATE_AFTER = text("interval '1 hour'")
LATE_FREE_ORDERS = AttentionList(
    "late_free_orders",
    "orders that a draw made free an hour ago and whose money hasn't gone back: an after-sale of"
    " theirs is open, or the refund is refused",
    "免单一小时仍未退回的货款：售后未结或退款被拒",
    select(Order.order_no, FreeOrder.tries, FreeOrder.error, FreeOrder.created_at)
    .join(LotteryMember, LotteryMember.member_id == FreeOrder.member_id)
    .join(Order, Order.id == LotteryMember.order_id)
    .where(
        FreeOrder.done_at.is_(None),
        FreeOrder.canceled_at.is_(None),
        FreeOrder.created_at < func.now() - LATE_AFTER,
    )
    .order_by(FreeOrder.created_at),
)
