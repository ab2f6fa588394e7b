"""A model of points: what orders cost in them, and what money earns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tests.stateful.books import Line, Order, Refund

GIVEN = 3_000
"""Points of each shopper at the start; a hundred are worth a yuan."""
EARNS = 10
"""A point for so many fen that are paid for goods."""
Back = tuple[int, int, int]
"""Of a line: units, fen that went back with units, fen without."""


class Points:
    """Accounts of shoppers. Below zero is a debt, which all that comes pays first."""

    def __init__(self) -> None:
        self.net = Counter(dict.fromkeys((0, 1), GIVEN))
        self.waiting: Counter[int] = Counter()
        self.held: Counter[int] = Counter()

    def figures(self, shopper: int) -> tuple[int, int, int, int]:
        """Available, frozen, held, debt."""
        net = self.net[shopper]
        return max(net, 0), self.waiting[shopper], self.held[shopper], max(-net, 0)

    def available(self, shopper: int) -> int:
        return max(self.net[shopper], 0)

    def hold(self, order: Order) -> None:
        self.net[order.shopper] -= order.points
        self.held[order.shopper] += order.points

    def settle(self, order: Order) -> None:
        self.held[order.shopper] -= order.points

    def release(self, order: Order) -> None:
        self.held[order.shopper] -= order.points
        self.net[order.shopper] += order.points

    def give_back(self, order: Order, back: Mapping[int, Back]) -> None:
        """A refund has arrived: of each line so much of the points is back as of its cash."""
        due = order.points
        if not order.is_refunded:
            due = sum(points_of(x, back.get(i, (0, 0, 0))) for i, x in enumerate(order.lines))
        self.net[order.shopper] += max(0, due - order.points_back)
        order.points_back = max(due, order.points_back)

    def keep(self, order: Order, back: Mapping[int, Back]) -> None:
        """The facts of an order are heard: what it earned follows them."""
        if not order.is_paid or not order.kind.earns:
            return
        gone = sum(refunded + rebated for _, refunded, rebated in back.values())
        kept = (sum(line.payable_fen for line in order.lines) - gone) // EARNS
        purse = self.net if order.is_free else self.waiting
        purse[order.shopper] += kept - (order.earned or 0)
        order.earned = kept
        if order.settled_fen is not None and not order.is_free:
            order.is_free = True
            self.waiting[order.shopper] -= kept
            self.net[order.shopper] += kept


def points_of(line: Line, back: Back) -> int:
    """Of a line's points, those that are back when so much of it is."""
    units, refunded_fen, rebated_fen = back
    by_units = line.points * units // line.quantity
    cash_fen = line.payable_fen - rebated_fen
    if cash_fen <= 0:
        return by_units
    return min(by_units, line.points * (refunded_fen + units) // cash_fen)


def with_refund(back: Mapping[int, Back], units: Mapping[int, tuple[int, int]]) -> dict[int, Back]:
    """The same with a refund more: line → (units, fen)."""
    whole = dict(back)
    for i, (n, fen) in units.items():
        had = whole.get(i, (0, 0, 0))
        whole[i] = (had[0] + n, had[1] + (fen if n else 0), had[2] + (0 if n else fen))
    return whole


def back_by(refunds: Mapping[str, Refund], order_no: str) -> dict[int, Back]:
    """What the refunds of an order that have arrived gave back, by line."""
    back: dict[int, Back] = {}
    for refund in refunds.values():
        if (refund.order, refund.kind, refund.status) == (order_no, "order", "succeeded"):
            back = with_refund(back, refund.units)
    return back
