"""What a mall should do, said as plainly as possible: dicts, whole fen, no clock.

Numbers (of orders, payments, refunds) are those that the mall drew. A command says True
when the mall should take it, False when it should refuse and nothing may change.
"""

from __future__ import annotations

from tests.stateful.books import Order
from tests.stateful.points import back_by
from tests.stateful.returning import Returning


class Mall(Returning):
    """The books of one shop, with what happens by itself."""

    # -- the workers -------------------------------------------------------------------

    def work(self) -> None:
        """Every job and timer of refunds: asked for at WeChat, asked about, events handled."""
        for refund in self.refunds.values():
            if refund.status == "pending":
                refund.status, refund.wechat = "sent", refund.wechat or "PROCESSING"
        for number, refund in self.refunds.items():
            if refund.status == "sent" and refund.wechat != "PROCESSING":
                self.hear_refund(number, refund.wechat or "")
        for order_no, order in self.orders.items():
            self._events_of(order_no, order)
        for sale in self.sales.values():
            if sale.status == "refunding":
                ends = {"succeeded": "refunded", "canceled": "refused"}
                sale.status = ends.get(self.refunds[sale.refund or ""].status, sale.status)
        self.settle()
        for order_no, order in self.orders.items():
            self.points.keep(order, back_by(self.refunds, order_no))

    def settle(self) -> None:
        """Settle each order that can't come back any more and of which nothing is under way."""
        open_sales = ("applied", "returning", "refunding")
        busy = {s.order for s in self.sales.values() if s.status in open_sales} | {
            r.order for r in self.refunds.values() if r.status not in ("succeeded", "canceled")
        }
        for order_no, order in self.orders.items():
            over = order.is_over or not order.kind.returnable
            ends = order.status == "completed" and over and order_no not in busy
            if ends and order.settled_fen is None:
                order.settled_fen = sum(line.left_fen for line in order.lines)

    def _events_of(self, order_no: str, order: Order) -> None:
        if not order.is_paid:
            return
        for coupon in self.coupons.values():
            if coupon.order == order_no and coupon.status == "locked":
                coupon.status = "used"
        if order.is_refunded:
            self._give_back(order_no)
