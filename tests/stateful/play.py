"""What every step of the machine is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar

from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine, initialize
from werkzeug.test import TestResponse

from mall.wechat.simulator.envelopes import Envelope
from tests.stateful.books import Line, Order, Payment, Template
from tests.stateful.model import Mall
from tests.stateful.world import ADMIN, World
from tests.support.payments import PAY
from tests.support.servers import LiveServer

PRICES = (1234, 333, 4999)
UNITS = 16
"""Of each SKU: few, so that shoppers meet the end of it."""
MOST_CLAIMS, MOST_UNPAID = 16, 5
"""In one shop: the rest of its time is for what comes after."""
KEPT_CALLBACKS = 12
CHECK_EVERY = 15
"""Steps until everything is compared, and the invariants asked; before, what was touched."""
TAKEN, REFUSED = (200, 201, 202, 204), (404, 409, 422)


@dataclass(frozen=True)
class Post:
    """A callback of WeChat that may be delivered any number of times, or never."""

    envelope: Envelope
    payment: str | None = None
    refund: str | None = None
    wechat: str = ""
    renewed: int = 0


def when(possible: Callable[[Any], object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A step for which something must be there; while it isn't, somebody buys instead.

    Not a precondition: Hypothesis gives up a shop in which few rules may be chosen.
    """

    def only(step: Callable[..., None]) -> Callable[..., None]:
        @wraps(step)
        def take(self: Play, **drawn: Any) -> None:
            if possible(self):
                step(self, **drawn)
            else:
                self.meanwhile(drawn.get("pick", 0))

        return take

    return only


class Play(RuleBasedStateMachine):
    """A shop and its model, what is done to both alike, and how they are compared."""

    surroundings: ClassVar[tuple[Flask, LiveServer, Callable[[], None]]]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World(*self.surroundings)
        self.post: list[Post] = []
        self.since_check = self.since_work = self.claims = 0
        self.shown_coupons: dict[int, str] = {}

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
        finally:
            self.world.close()

    def buy(self, shopper: int, counts: list[int], picks: list[int]) -> None:
        basket = {sku: n for sku, n in zip(self.model.prices, counts, strict=True) if n}
        coupons = self.choose(shopper, picks)
        wanted = self.world.goods(shopper, basket, coupons)
        client = self.world.shoppers[shopper]
        quote = client.post("/api/v1/quotes", wanted)
        assert quote.status_code == 200, quote.get_json()
        goods, freight, used = self.model.price(basket, coupons)
        shown = quote.get_json()
        assert (shown["payable_fen"], shown["freight_fen"]) == (goods + freight, freight)
        answer = client.post("/api/v1/orders", {**wanted, "expected_payable_fen": goods + freight})
        if self.agree(answer, self.model.has(basket)):
            number = answer.get_json()["order_no"]
            lines = self.split(shopper, number, goods)
            self.model.place(number, Order(shopper, lines, freight, used))
            self.done(number)
        else:
            self.done()

    def choose(self, shopper: int, picks: list[int]) -> list[int]:
        """At most one coupon for goods and one for the freight."""
        by_kind = {}
        for coupon_id in (pick_of(free, n) for n in picks if (free := self.free(shopper))):
            template = self.model.templates[self.model.coupons[coupon_id].template]
            by_kind[template.kind == "freight"] = coupon_id
        return list(by_kind.values())

    def free(self, shopper: int) -> list[int]:
        return self.model.free_coupons(shopper)

    def split(self, shopper: int, order_no: str, goods_fen: int) -> list[Line]:
        """The order's lines: each costs its part of the whole, to less than a fen."""
        lines = [
            Line(int(row["sku_id"]), row["quantity"], row["payable_fen"])
            for row in self.world.order(shopper, order_no)["lines"]
        ]
        full = [self.model.prices[line.sku] * line.quantity for line in lines]
        assert sum(line.payable_fen for line in lines) == goods_fen
        for line, price in zip(lines, full, strict=True):
            assert abs(line.payable_fen * sum(full) - goods_fen * price) < sum(full)
        return lines

    def orders(self, *statuses: str) -> list[str]:
        return [no for no, order in self.model.orders.items() if order.status in statuses]

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

    def meanwhile(self, pick: int) -> None:
        """Somebody places an order, or pays one of the many that wait, at one go."""
        unpaid = self.orders("unpaid")
        if len(unpaid) < MOST_UNPAID:
            self.buy(pick % 2, [pick % 3, (pick + 1) % 2, 1], [pick])
            return
        number = unpaid[0]
        payment = self.model.live_payment(number) or self.ask_to_pay(number)
        if self.model.payments[payment].state == "open":
            self.pay(payment, told=True)
        self.done(number)

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
            kind = "duplicate_payment" if order.paid_fen else "late_payment"
            assert fresh[0]["kind"] == kind
            self.model.return_payment(fresh[0]["refund_no"], number, payment.amount_fen, kind)

    def at_wechat(self) -> list[str]:
        return [no for no, r in self.model.refunds.items() if r.wechat == "PROCESSING"]

    def workers_come(self) -> None:
        self.since_work = 0
        self.world.work()
        self.model.work()

    def named(self, order_no: str, units: dict[int, int]) -> list[dict[str, Any]]:
        rows = self.world.order(self.model.orders[order_no].shopper, order_no)["lines"]
        return [{"line_id": rows[i]["id"], "quantity": n} for i, n in units.items()]

    def shown_sale(self, number: str) -> str:
        return str(self.world.staff.get(f"{ADMIN}/after-sales/{number}").get_json()["status"])

    def agree(
        self, answer: TestResponse, expected: bool, *, refusals: tuple[int, ...] = REFUSED
    ) -> bool:
        """The mall takes a request exactly when the model does."""
        assert answer.status_code in (TAKEN if expected else refusals), answer.get_json()
        return expected

    def done(self, order_no: str | None = None) -> None:
        """A step is over: what it touched must look the same on both sides."""
        type(self).steps += 1
        self.since_check += 1
        self.since_work += 1
        if self.since_check >= CHECK_EVERY:
            self.check_all()
            return
        self.check_stock()
        if order_no:
            self.check_order(order_no)
        if self.shown_coupons != self.coupons():
            self.check_coupons()

    def check_all(self) -> None:
        self.since_check = 0
        self.check_stock()
        for number in self.model.orders:
            self.check_order(number)
        for number, sale in self.model.sales.items():
            assert self.shown_sale(number) == sale.status
        for number, refund in self.model.refunds.items():
            shown = self.world.staff.get(f"{ADMIN}/refunds/{number}").get_json()
            assert (shown["status"], shown["amount_fen"]) == (refund.status, refund.amount_fen)
        self.check_coupons()
        self.world.check_invariants()

    def check_stock(self) -> None:
        ours = {
            sku: (stock["sellable"], stock["reserved"], stock["sold"])
            for sku, stock in self.model.stock.items()
        }
        assert self.world.stock() == ours

    def coupons(self) -> dict[int, str]:
        return {i: coupon.status for i, coupon in self.model.coupons.items()}

    def check_coupons(self) -> None:
        self.shown_coupons = self.coupons()
        assert self.world.coupons() == self.shown_coupons

    def check_order(self, number: str) -> None:
        order = self.model.orders[number]
        shown = self.world.order(order.shopper, number)
        names = (
            "status",
            "payable_fen",
            "paid_fen",
            "refunding_fen",
            "refunded_fen",
            "replaced_by",
        )
        assert {name: shown[name] for name in names} == {
            name: getattr(order, name) for name in names
        }
        assert [
            (
                row["payable_fen"],
                row["shipped_quantity"],
                row["refunded_quantity"],
                row["refunded_fen"],
                row["rebated_fen"],
            )
            for row in shown["lines"]
        ] == [
            (x.payable_fen, x.shipped, x.refunded, x.refunded_fen, x.rebated_fen)
            for x in order.lines
        ]


def pick_of(there: Any, pick: int) -> Any:
    """One of those that there are."""
    choice = list(there)
    return choice[pick % len(choice)]
