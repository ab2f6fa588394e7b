"""What a mall should do, said as plainly as possible: dicts, whole fen, no clock.

Numbers (of orders, payments, refunds) are those that the mall drew. A command says True
when the mall should take it, False when it should refuse and nothing may change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.stateful.books import AfterSale, Coupon, Line, Order, Payment, Refund, Template

FREIGHT_FEN, FREE_FROM_FEN = 1000, 8800


class Mall:
    """The books of one shop. Stock is {SKU: {sellable, reserved, sold}}."""

    def __init__(self, stock: Mapping[int, int], prices: Mapping[int, int]) -> None:
        self.prices = dict(prices)
        self.stock = {sku: Counter(sellable=n, reserved=0, sold=0) for sku, n in stock.items()}
        self.templates: dict[int, Template] = {}
        self.coupons: dict[int, Coupon] = {}
        self.orders: dict[str, Order] = {}
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refund] = {}
        self.sales: dict[str, AfterSale] = {}

    # -- coupons -----------------------------------------------------------------------

    def may_claim(self, template_id: int, shopper: int) -> bool:
        template = self.templates[template_id]
        return (
            template.claimed[shopper] < template.per_user
            and template.claimed.total() < template.total
        )

    def claim(self, template_id: int, shopper: int, coupon_id: int) -> None:
        self.templates[template_id].claimed[shopper] += 1
        self.coupons[coupon_id] = Coupon(template_id, shopper)

    def free_coupons(self, shopper: int) -> list[int]:
        mine = (i for i, c in self.coupons.items() if c.shopper == shopper)
        return [i for i in mine if self.coupons[i].status == "available"]

    def _give_back(self, order_no: str) -> None:
        order = self.orders[order_no]
        for coupon in self.coupons.values():
            if coupon.order == order_no and (
                not order.paid_fen or self.templates[coupon.template].back_on_refund
            ):
                coupon.status, coupon.order = "available", None

    # -- placing and closing -----------------------------------------------------------

    def price(self, basket: Mapping[int, int], coupons: list[int]) -> tuple[int, int, list[int]]:
        """What goods and freight cost with these coupons, and which of them are used."""
        goods = sum(self.prices[sku] * count for sku, count in basket.items())
        used, off, freight_off = [], 0, 0
        for coupon_id in coupons:
            template = self.templates[self.coupons[coupon_id].template]
            if template.kind != "freight" and (off := template.takes_off(goods, 0)):
                used.append(coupon_id)
        freight = 0 if goods - off >= FREE_FROM_FEN else FREIGHT_FEN
        for coupon_id in coupons:
            template = self.templates[self.coupons[coupon_id].template]
            if template.kind == "freight":
                freight_off = template.takes_off(goods - off, freight)
                used += [coupon_id] if freight_off else []
        return goods - off, freight - freight_off, used

    def has(self, basket: Mapping[int, int]) -> bool:
        return all(self.stock[sku]["sellable"] >= count for sku, count in basket.items())

    def place(self, order_no: str, order: Order) -> None:
        self.orders[order_no] = order
        for line in order.lines:
            self._shift(line.sku, line.quantity, "sellable", "reserved")
        for coupon_id in order.coupons:
            self.coupons[coupon_id].status = "locked"
            self.coupons[coupon_id].order = order_no

    def _shift(self, sku: int, units: int, source: str, target: str) -> None:
        self.stock[sku][source] -= units
        self.stock[sku][target] += units

    def live_payment(self, order_no: str) -> str | None:
        return next((no for no, p in self.payments.items() if p.order == order_no and p.live), None)

    def close(self, order_no: str, *, lost: bool = False) -> str:
        """Close an unpaid order; `paid` when its payment was faster. `lost`: WeChat denies it."""
        order, number = self.orders[order_no], self.live_payment(order_no)
        if order.status != "unpaid":
            return "closed" if order.status == "closed" and not order.paid_fen else "refused"
        if number is not None:
            payment = self.payments[number]
            payment.live = False
            if not lost and payment.state == "paid":
                self.hear(number)
                return "refused"
            payment.state = payment.state if lost else "closed"
        order.status = "closed"
        for line in order.lines:
            self._shift(line.sku, line.quantity, "reserved", "sellable")
        self._give_back(order_no)
        return "closed"

    def reprice(self, order_no: str, goods_fen: int, freight_fen: int) -> bool:
        """Staff change a price; the lines are the caller's part. A payment may be faster."""
        order, number = self.orders[order_no], self.live_payment(order_no)
        quoted_fen = sum(line.quoted_fen for line in order.lines)
        if order.status != "unpaid" or not 1 <= goods_fen <= quoted_fen:
            return False
        costs = (order.payable_fen - order.freight_fen, order.freight_fen)
        if number is not None and costs != (goods_fen, freight_fen):
            payment = self.payments[number]
            if payment.state == "paid":
                self.hear(number)
                return False
            payment.state, payment.live = "closed", False
        order.freight_fen = freight_fen
        return True

    # -- paying ------------------------------------------------------------------------

    def hear(self, number: str) -> str:
        """The mall learns that a payment succeeded: paid, replaced, returned or known."""
        payment = self.payments[number]
        if payment.heard:
            return "known"
        payment.heard, payment.live = True, False
        order = self.orders[payment.order]
        if payment.amount_fen != order.payable_fen:
            return "returned"  # the price has changed since
        if order.status == "unpaid":
            order.status, order.paid_fen = "paid", order.payable_fen
            for line in order.lines:
                self._shift(line.sku, line.quantity, "reserved", "sold")
            return "paid"
        if not order.paid_fen and not order.replaced_by and self._can_be_placed_again(order):
            return "replaced"
        return "returned"

    def _can_be_placed_again(self, order: Order) -> bool:
        free = all(self.coupons[i].status == "available" for i in order.coupons)
        return free and self.has({line.sku: line.quantity for line in order.lines})

    def replace(self, old_no: str, new_no: str) -> None:
        """A late payment places the order once more, as paid."""
        old = self.orders[old_no]
        old.replaced_by = new_no
        lines = [Line(line.sku, line.quantity, line.payable_fen) for line in old.lines]
        new = Order(old.shopper, lines, old.freight_fen, list(old.coupons))
        self.place(new_no, new)
        new.status, new.paid_fen = "paid", new.payable_fen
        for line in lines:
            self._shift(line.sku, line.quantity, "reserved", "sold")

    # -- sending -----------------------------------------------------------------------

    def ship(self, order_no: str, units: Mapping[int, int]) -> bool:
        """Send units (line → how many)."""
        order = self.orders[order_no]
        waits = any(
            s.order == order_no and s.unsent and s.status == "applied" for s in self.sales.values()
        )
        fits = all(
            n <= order.lines[i].quantity - order.lines[i].shipped - order.lines[i].refunded
            for i, n in units.items()
        )
        if order.status != "paid" or waits or not fits or not units:
            return False
        for i, n in units.items():
            order.lines[i].shipped += n
        self._all_sent(order)
        return True

    def _all_sent(self, order: Order) -> None:
        sent = any(line.shipped for line in order.lines)
        if order.status == "paid" and sent and not any(line.unsent for line in order.lines):
            order.status = "shipped"

    def receive(self, order_no: str) -> bool:
        order = self.orders[order_no]
        if order.status == "shipped":
            order.status = "completed"
        return order.status == "completed"

    # -- refunds -----------------------------------------------------------------------

    def may_refund(self, order_no: str, units: dict[int, tuple[int, int]], freight: int) -> bool:
        """May so much go back? `units` is line → (units, fen)."""
        order = self.orders[order_no]
        amount = sum(fen for _, fen in units.values()) + freight
        left = order.paid_fen - order.refunding_fen - order.refunded_fen
        return (
            order.status in ("paid", "shipped", "completed")
            and all(n + fen > 0 for n, fen in units.values())
            and (amount <= left if amount else left == 0)
            and order.freight_refunded_fen + freight <= order.freight_fen
            and all(
                order.lines[i].refunded + n <= order.lines[i].quantity
                and order.lines[i].refunded_fen + order.lines[i].rebated_fen + fen
                <= order.lines[i].payable_fen
                for i, (n, fen) in units.items()
            )
        )

    def refund(
        self, refund_no: str, order_no: str, units: dict[int, tuple[int, int]], freight: int
    ) -> None:
        amount = sum(fen for _, fen in units.values()) + freight
        self.refunds[refund_no] = Refund(order_no, amount, units, freight, number=refund_no)
        self._set_aside(self.refunds[refund_no], 1)
        if amount == 0:  # units of which a rebate took all: WeChat has nothing to pay
            self.refunds[refund_no].status = "succeeded"
            self._settle(self.refunds[refund_no])

    def _set_aside(self, refund: Refund, sign: int) -> None:
        order = self.orders[refund.order]
        order.refunding_fen += sign * refund.amount_fen
        order.freight_refunded_fen += sign * refund.freight_fen
        for i, (n, fen) in refund.units.items():
            order.lines[i].refunded += sign * n
            if n:
                order.lines[i].refunded_fen += sign * fen
            else:
                order.lines[i].rebated_fen += sign * fen

    def return_payment(self, refund_no: str, number: str, amount_fen: int, kind: str) -> None:
        """A payment for nothing goes back whole; the order isn't touched."""
        order_no = self.payments[number].order
        self.refunds[refund_no] = Refund(order_no, amount_fen, {}, 0, kind, number=refund_no)

    def hear_refund(self, refund_no: str, wechat: str) -> None:
        """WeChat's word about a refund, any number of times."""
        refund = self.refunds[refund_no]
        if refund.status not in ("pending", "sent"):
            return
        refund.status = {"SUCCESS": "succeeded", "CLOSED": "closed"}.get(wechat, "sent")
        if refund.status == "succeeded" and refund.kind == "staff":
            self._settle(refund)

    def _settle(self, refund: Refund) -> None:
        order = self.orders[refund.order]
        order.refunding_fen -= refund.amount_fen
        order.refunded_fen += refund.amount_fen
        for i, (n, _) in refund.units.items():
            self._restock(order.lines[i], n)
        if order.is_refunded and order.status in ("paid", "shipped"):
            order.status = "closed"
            for line in order.lines:
                self._restock(line, line.unsent)
            self._give_back(refund.order)
        self._all_sent(order)

    def _restock(self, line: Line, units: int) -> None:
        units = min(units, line.unsent)
        line.restocked += units
        self._shift(line.sku, units, "sold", "sellable")

    def cancel_refund(self, refund_no: str) -> bool:
        refund = self.refunds[refund_no]
        if refund.kind != "staff" or refund.status != "closed":
            return False
        refund.status = "canceled"
        self._set_aside(refund, -1)
        return True

    def try_again(self, refund_no: str) -> bool:
        """Ask again for what WeChat closed, under another number."""
        refund = self.refunds[refund_no]
        if refund.status in ("succeeded", "canceled"):
            return False
        if refund.status == "closed":
            refund.status, refund.wechat = "pending", None
            refund.renewed += 1
        return True

    # -- after-sales -------------------------------------------------------------------

    def _open(self, order_no: str) -> Iterator[AfterSale]:
        return (s for s in self.sales.values() if s.order == order_no and s.is_open)

    def asked(self, order_no: str, kind: str, units: Mapping[int, int]) -> AfterSale | None:
        """The after-sale that a shopper would get; None when it's refused."""
        order = self.orders[order_no]
        if order.status not in ("paid", "shipped", "completed"):
            return None
        claimed, fen, freight = Counter[int](), Counter[int](), 0
        for sale in self._open(order_no):
            freight += sale.freight_fen
            for i, (n, share) in sale.units.items():
                claimed[i] += n
                fen[i] += share
        for i, n in units.items():
            line = order.lines[i]
            if n > line.quantity - line.refunded - claimed[i]:
                return None
            if kind == "return_and_refund" and line.unsent:
                return None
        shares = {i: order.lines[i].share(n, claimed[i], fen[i]) for i, n in units.items()}
        back = max(0, self._freight_back(order, units, claimed) - freight)
        if sum(shares.values()) + back <= 0:
            return None
        unsent = kind == "refund_only" and any(order.lines[i].unsent for i in units)
        return AfterSale(order_no, kind, {i: (units[i], shares[i]) for i in units}, back, unsent)

    def _freight_back(self, order: Order, units: Mapping[int, int], held: Counter[int]) -> int:
        """All that is left of it, with the last unit of an order that was never sent."""
        for i, line in enumerate(order.lines):
            if line.shipped or line.quantity - line.refunded - held[i] > units.get(i, 0):
                return 0
        return order.freight_fen - order.freight_refunded_fen

    def refund_of(self, sale: AfterSale) -> tuple[dict[int, tuple[int, int]], int] | None:
        """The refund that an after-sale leads to: (units, freight); None when it can't."""
        counts = {i: n for i, (n, _) in sale.units.items()}
        freight = self._freight_back(self.orders[sale.order], counts, Counter())
        return (sale.units, freight) if self.may_refund(sale.order, sale.units, freight) else None

    def may_come_back(self, sale: AfterSale) -> bool:
        lines = self.orders[sale.order].lines
        return all(lines[i].returned + n <= lines[i].shipped for i, (n, _) in sale.units.items())

    def come_back(self, sale: AfterSale, *, resellable: bool) -> None:
        """Units that were sent are in the shop again, on sale or scrapped."""
        for i, (n, _) in sale.units.items():
            line = self.orders[sale.order].lines[i]
            line.returned += n
            self.stock[line.sku]["sold"] -= n
            self.stock[line.sku]["sellable"] += n if resellable else 0

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

    def _events_of(self, order_no: str, order: Order) -> None:
        if not order.paid_fen:
            return
        for coupon in self.coupons.values():
            if coupon.order == order_no and coupon.status == "locked":
                coupon.status = "used"
        if order.is_refunded:
            self._give_back(order_no)
