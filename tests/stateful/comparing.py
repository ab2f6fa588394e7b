"""How mall and model are compared, step by step and as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine

from tests.stateful.buying import Answer
from tests.stateful.kinds import WAITS
from tests.stateful.model import Mall
from tests.stateful.world import ADMIN, World
from tests.support.servers import LiveServer

CHECK_EVERY = 15
"""Steps until everything is compared, and the invariants asked; before, what was touched."""
TAKEN, REFUSED = (200, 201, 202, 204), (404, 409, 422)

ALL_OF_IT = ("status", "payable_fen", "paid_fen", "refunding_fen", "refunded_fen", "replaced_by")
LINE = ("payable_fen", "shipped_quantity", "refunded_quantity", "refunded_fen", "rebated_fen")


class Comparing(RuleBasedStateMachine):
    """A shop and its model must look alike to shoppers, staff, features and WeChat."""

    world: World
    model: Mall
    surroundings: ClassVar[tuple[Flask, LiveServer, Callable[[], None]]]
    steps: ClassVar[int] = 0
    seen: ClassVar[Counter[str]] = Counter()
    """How often the rarer things happened: a machine to which they don't shows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.since_check = self.since_work = 0
        self.shown_coupons: dict[int, str] = {}

    def agree(self, answer: Answer, expected: bool, *, refusals: tuple[int, ...] = REFUSED) -> bool:
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
        self.check_lists()
        for number, sale in self.model.sales.items():
            assert self.shown_sale(number) == sale.status
        for number, refund in self.model.refunds.items():
            shown = self.world.staff.get(f"{ADMIN}/refunds/{number}").get_json()
            assert (shown["status"], shown["amount_fen"]) == (refund.status, refund.amount_fen)
        self.check_coupons()
        self.check_points()
        self.check_money()
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

    def check_points(self) -> None:
        for shopper in range(len(self.world.shoppers)):
            assert self.world.points(shopper) == self.model.points.figures(shopper)

    def check_money(self) -> None:
        """WeChat has given back each refund that we know to be paid, once, and no other."""
        paid = {
            r.number: r.amount_fen for r in self.model.refunds.values() if r.wechat == "SUCCESS"
        }
        assert self.world.money_back() == paid

    def check_facts(self) -> None:
        """Each order that was settled was told so once, and what went back since."""
        orders = self.model.orders
        settled = [(no, o.settled_fen) for no, o in orders.items() if o.settled_fen is not None]
        assert self.world.toy.settled == Counter(settled)
        reduced = Counter({number: order.reduced_fen for number, order in orders.items()})
        assert self.world.toy.reduced == reduced
        self.saw("settled", len(settled))
        self.saw("reduced", len(self.world.toy.reduced))
        free = [order for order in orders.values() if order.is_paid and not order.paid_fen]
        self.check_points()
        self.saw("points back", sum(order.points_back for order in orders.values()))
        self.saw("points earned", sum(order.is_free for order in orders.values()))
        self.saw("free goods back", sum(line.refunded for order in free for line in order.lines))

    def saw(self, what: str, times: int = 1) -> None:
        self.seen[what] += times

    def check_order(self, number: str) -> None:
        self.compare(number, self.world.order(self.model.orders[number].shopper, number))

    def check_lists(self) -> None:
        """The orders of each shopper, as far as their lists tell."""
        for shopper in range(len(self.world.shoppers)):
            shown = {order["order_no"]: order for order in self.world.orders(shopper)}
            ours = {no for no, order in self.model.orders.items() if order.shopper == shopper}
            assert shown.keys() == ours
            for number, order in shown.items():
                self.compare(number, order)

    def compare(self, number: str, shown: Mapping[str, Any]) -> None:
        """What is shown of an order, in full or in a list."""
        order = self.model.orders[number]
        expected = {name: getattr(order, name) for name in ALL_OF_IT if name in shown}
        expected |= {"kind": order.kind.name, "hold_reason": WAITS.code if order.is_held else None}
        differing = {
            name: (shown[name], is_) for name, is_ in expected.items() if shown[name] != is_
        }
        assert not differing, differing
        if "settled_at" in shown:
            assert (shown["settled_at"] is None) == (order.settled_fen is None)
        assert [[row[name] for name in LINE] for row in shown["lines"]] == [
            [x.payable_fen, x.shipped, x.refunded, x.refunded_fen, x.rebated_fen]
            for x in order.lines
        ]

    def shown_sale(self, number: str) -> str:
        return str(self.world.staff.get(f"{ADMIN}/after-sales/{number}").get_json()["status"])
