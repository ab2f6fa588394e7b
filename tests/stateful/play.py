"""What every step of the machine is made of."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from hypothesis.stateful import initialize

from mall.orders.kinds import NORMAL, OrderKind
from mall.wechat.simulator.envelopes import Envelope
from tests.stateful.books import Line, Order, Payment, Template
from tests.stateful.comparing import Comparing
from tests.stateful.kinds import SAMPLE
from tests.stateful.model import Mall
from tests.stateful.world import World
from tests.support.payments import PAY

PRICES = (1234, 333, 4999)
UNITS = 16
"""Of each SKU: few, so that shoppers meet the end of it."""
MOST_CLAIMS = 16
"""In one shop: the rest of its time is for what comes after."""
KEPT_CALLBACKS = 12


@dataclass(frozen=True)
class Post:
    """A callback of WeChat that may be delivered any number of times, or never."""

    envelope: Envelope
    payment: str | None = None
    refund: str | None = None
    wechat: str = ""
    renewed: int = 0


class Play(Comparing):
    """A shop and its model, and what is done to both alike."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(*self.surroundings)
        self.post: list[Post] = []
        self.claims = 0

    @initialize()
    def open(self) -> None:
        skus = {self.world.put_on_shelf(price, UNITS): price for price in PRICES}
        self.model = Mall(dict.fromkeys(skus, UNITS), skus)
        for template in (
            Template("amount", 2, 5, amount_fen=500, threshold_fen=2000),
            Template("percent", 2, 5, off_bp=1500, cap_fen=900, back_on_refund=False),
            Template("freight", 1, 2, cap_fen=800),
        ):
            amounts = {
                name: getattr(template, name) or None
                for name in ("amount_fen", "off_bp", "cap_fen")
            }
            template_id = self.world.make_template(
                name=template.kind,
                kind=template.kind,
                threshold_fen=template.threshold_fen,
                per_user_limit=template.per_user,
                total_limit=template.total,
                back_on_refund=template.back_on_refund,
                **amounts,
            )
            self.model.templates[template_id] = template

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # else that is what is to be told
                self.workers_come()
                self.check_all()
                for number in self.model.orders:
                    self.check_order(number)
        finally:
            self.world.close()

    def buy(
        self,
        shopper: int,
        counts: list[int],
        picks: list[int],
        kind: OrderKind = NORMAL,
        **chosen: Any,
    ) -> str | None:
        """Look at the price and place an order; its number, None when the goods are gone.

        `chosen` may be what is `free` of a sample, and `points`, of which so many are used as there
        are and as the goods cost.
        """
        basket = {sku: n for sku, n in zip(self.model.prices, counts, strict=True) if n}
        free, wanted = chosen.get("free", ""), chosen.get("points", 0)
        coupons = [] if kind is SAMPLE else self.choose(shopper, picks)
        goods, _, _ = self.model.price(basket, coupons, kind, free)
        points = max(0, min(wanted, self.model.points.available(shopper), goods - 1))
        goods, freight, used = self.model.price(basket, coupons, kind, free, points)
        choices = self.world.choices(coupons, free, wanted)
        buyer = self.world.buyer(shopper, basket, choices, kind)
        assert buyer.quote() == (goods + freight, freight)
        answer = buyer.place(goods + freight)
        if not self.agree(answer, self.model.has(basket)):
            self.done()
            return None
        number = str(answer.get_json()["order_no"])
        lines = self.split(shopper, number, self.model.full(basket, free), goods, points)
        self.model.place(number, Order(shopper, lines, freight, used, kind))
        self.done(number)
        return number

    def choose(self, shopper: int, picks: list[int]) -> list[int]:
        """At most one coupon for goods and one for the freight."""
        by_kind = {}
        for coupon_id in (pick_of(free, n) for n in picks if (free := self.free(shopper))):
            template = self.model.templates[self.model.coupons[coupon_id].template]
            by_kind[template.kind == "freight"] = coupon_id
        return list(by_kind.values())

    def free(self, shopper: int) -> list[int]:
        return self.model.free_coupons(shopper)

    def split(
        self, shopper: int, order_no: str, prices: dict[int, int], goods_fen: int, points: int
    ) -> list[Line]:
        """The order's lines: each costs its part of the whole, to less than a fen for each time
        that something was split over them."""
        lines = [
            Line(int(row["sku_id"]), row["quantity"], row["payable_fen"])
            for row in self.world.order(shopper, order_no)["lines"]
        ]
        full = sum(prices.values())
        assert sum(line.payable_fen for line in lines) == goods_fen
        times = 2 if points else 1
        for line in lines:
            apart = abs(line.payable_fen * full - goods_fen * prices[line.sku])
            assert apart < times * full or not full
        if points:
            spent = self.world.points_by_line(order_no)
            for i, line in enumerate(lines):
                line.points = spent.get(i, 0)
            assert sum(line.points for line in lines) == points
        return lines

    def orders(self, *statuses: str) -> list[str]:
        return [no for no, order in self.model.orders.items() if order.status in statuses]

    def settled_with_money(self) -> list[str]:
        """Orders that are settled, and of which money can still go back."""
        return [
            no
            for no, order in self.model.orders.items()
            if order.settled_fen is not None and order.paid_fen > order.refunded_fen
        ]

    def ask_to_pay(self, number: str) -> str:
        self.agree(self.world.start(self.model.orders[number].shopper, number), True)
        live = self.model.live_payment(number)
        if live is None:
            live = self.world.newest_payment()
            self.model.payments[live] = Payment(number, self.model.orders[number].payable_fen)
        return live

    def payments(self, state: str) -> list[str]:
        return [no for no, payment in self.model.payments.items() if payment.state == state]

    def pay(self, number: str, *, told: bool) -> None:
        self.world.control(f"/payments/{number}/approve")
        self.model.payments[number].state = "paid"
        envelope = self.world.envelope(PAY, number)
        self.keep(Post(envelope, payment=number))
        if told:
            self.hand_over(self.post[-1])

    def keep(self, post: Post) -> None:
        self.post = [*self.post[-KEPT_CALLBACKS:], post]

    def hand_over(self, post: Post) -> None:
        assert self.world.deliver(post.envelope) == 204
        if post.payment:
            self.hear(post.payment)
        elif post.refund and post.renewed == self.model.refunds[post.refund].renewed:
            self.model.hear_refund(post.refund, post.wechat)

    def hear(self, number: str) -> None:
        """The mall has heard of a payment: the model does as it should have done."""
        payment = self.model.payments[number]
        order = self.model.orders[payment.order]
        outcome = self.model.hear(number)
        if outcome == "replaced":
            shown = self.world.order(order.shopper, payment.order)
            assert shown["replaced_by"], "the goods are there: the order should be placed again"
            self.model.replace(payment.order, shown["replaced_by"])
            payment.order = shown["replaced_by"]
        elif outcome == "returned":
            known = self.model.refunds
            fresh = [r for r in self.world.refunds_of(payment.order) if r["refund_no"] not in known]
            assert [r["amount_fen"] for r in fresh] == [payment.amount_fen]
            kind = "duplicate_payment" if order.is_paid else "late_payment"
            assert fresh[0]["kind"] == kind
            self.model.return_payment(fresh[0]["refund_no"], number, payment.amount_fen, kind)

    def at_wechat(self) -> list[str]:
        return [no for no, r in self.model.refunds.items() if r.wechat == "PROCESSING"]

    def workers_come(self) -> None:
        self.since_work = 0
        self.world.work()
        self.model.work()
        self.check_facts()

    def named(self, order_no: str, units: dict[int, int]) -> list[dict[str, Any]]:
        rows = self.world.order(self.model.orders[order_no].shopper, order_no)["lines"]
        return [{"line_id": rows[i]["id"], "quantity": n} for i, n in units.items()]


def pick_of(there: Any, pick: int) -> Any:
    """One of those that there are."""
    choice = list(there)
    return choice[pick % len(choice)]
