"""A model of placing, closing, paying and sending; see `model` for the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mall.orders.kinds import OrderKind
from mall.pricing.quote import Lane
from tests.stateful.books import AfterSale, Coupon, Line, Order, Payment, Refund, Template
from tests.stateful.kinds import FIRST_IS_FREE, FREE, TEAM
from tests.stateful.points import Points

FREIGHT_FEN, FREE_FROM_FEN = 1000, 8800


class Placing:
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
        self.points = Points()

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
                not order.is_paid or self.templates[coupon.template].back_on_refund
            ):
                coupon.status, coupon.order = "available", None

    # -- placing and closing -----------------------------------------------------------

    def full(self, basket: Mapping[int, int], free: str = "") -> dict[int, int]:
        """What the goods cost before coupons, by SKU."""
        gratis = {FREE: sorted(basket), FIRST_IS_FREE: sorted(basket)[:1]}.get(free, [])
        return {sku: 0 if sku in gratis else self.prices[sku] * n for sku, n in basket.items()}

    def price(
        self,
        basket: Mapping[int, int],
        coupons: list[int],
        kind: OrderKind,
        free: str,
        points: int = 0,
    ) -> tuple[int, int, list[int]]:
        """What goods and freight cost with these coupons and points, and which coupons are used."""
        goods = sum(self.full(basket, free).values())
        used, off, freight_off = [], 0, 0
        for coupon_id in coupons:
            template = self.templates[self.coupons[coupon_id].template]
            if template.kind != "freight" and (off := template.takes_off(goods, 0)):
                used.append(coupon_id)
        off += points
        if Lane.FREIGHT not in kind.lanes:
            return goods - off, 0, used
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
        self.points.hold(order)
        if not order.payable_fen:
            self.count_as_paid(order)

    def count_as_paid(self, order: Order) -> None:
        order.pay()
        self.points.settle(order)
        order.is_held = order.kind is TEAM
        for line in order.lines:
            self._shift(line.sku, line.quantity, "reserved", "sold")

    def _shift(self, sku: int, units: int, source: str, target: str) -> None:
        self.stock[sku][source] -= units
        self.stock[sku][target] += units

    def live_payment(self, order_no: str) -> str | None:
        return next((no for no, p in self.payments.items() if p.order == order_no and p.live), None)

    def close(self, order_no: str, *, lost: bool = False) -> str:
        """Close an unpaid order; `paid` when its payment was faster. `lost`: WeChat denies it."""
        order, number = self.orders[order_no], self.live_payment(order_no)
        if order.status != "unpaid":
            return "closed" if order.status == "closed" and not order.is_paid else "refused"
        if number is not None:
            payment = self.payments[number]
            payment.live = False
            if not lost and payment.state == "paid":
                self.hear(number)
                return "refused"
            payment.state = payment.state if lost else "closed"
        order.close()
        self.points.release(order)
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
            self.count_as_paid(order)
            return "paid"
        if not order.is_paid and not order.replaced_by and self._can_be_placed_again(order):
            return "replaced"
        return "returned"

    def _can_be_placed_again(self, order: Order) -> bool:
        free = all(self.coupons[i].status == "available" for i in order.coupons)
        wanted = {line.sku: line.quantity for line in order.lines}
        enough = self.points.available(order.shopper) >= order.points
        return order.kind.places_again and free and enough and self.has(wanted)

    def replace(self, old_no: str, new_no: str) -> None:
        """A late payment places the order once more, as paid."""
        old = self.orders[old_no]
        old.replaced_by = new_no
        lines = [Line(x.sku, x.quantity, x.payable_fen, x.points) for x in old.lines]
        new = Order(old.shopper, lines, old.freight_fen, list(old.coupons), old.kind)
        self.place(new_no, new)
        self.count_as_paid(new)

    # -- sending -----------------------------------------------------------------------

    def ship(self, order_no: str, units: Mapping[int, int]) -> bool:
        """Send units (line → how many)."""
        order = self.orders[order_no]
        fits = all(
            n <= order.lines[i].quantity - order.lines[i].shipped - order.lines[i].refunded
            for i, n in units.items()
        )
        if not order.kind.ships or not self._may_leave(order_no) or not fits or not units:
            return False
        for i, n in units.items():
            order.lines[i].shipped += n
        self._all_sent(order)
        return True

    def _may_leave(self, order_no: str) -> bool:
        order = self.orders[order_no]
        waits = any(
            s.order == order_no and s.unsent and s.status == "applied" for s in self.sales.values()
        )
        return order.status == "paid" and not order.is_held and not waits

    def deliver(self, order_no: str) -> bool:
        """The feature delivers what isn't shipped, unless units of it are being refunded."""
        order = self.orders[order_no]
        leaving = any(line.refunded > line.restocked for line in order.lines)
        if order.kind.ships or leaving or not self._may_leave(order_no):
            return False
        for line in order.lines:
            line.shipped = line.kept
        order.status = "completed"
        return True

    def release(self, order_no: str) -> bool:
        """The feature ends a hold; False when there was none."""
        was_held, self.orders[order_no].is_held = self.orders[order_no].is_held, False
        return was_held

    def _all_sent(self, order: Order) -> None:
        sent = any(line.shipped for line in order.lines)
        if order.status == "paid" and sent and not any(line.unsent for line in order.lines):
            order.status = "shipped"

    def receive(self, order_no: str) -> bool:
        order = self.orders[order_no]
        if order.status == "shipped":
            order.status = "completed"
        return order.status == "completed"
