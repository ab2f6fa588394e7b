"""What an order cost in points, line by line, and what of it comes back. Pure.

The rule: points come back as the cash of their line does. A returned unit brings back its part
of the line's points; where less cash goes back for it than was paid, so much less in points. A
rebate is cash alone. With all of the order's cash all of its points are back.
"""

from __future__ import annotations

from dataclasses import dataclass

from mall.kernel.money import split
from mall.orders.extras import LineBack, LinesBack
from mall.orders.placed import PlacedLine, PlacedOrder
from mall.points.checkout.rules import SOURCE
from mall.pricing.quote import Lane

NOTHING = LineBack()


@dataclass(frozen=True, slots=True)
class Spent:
    """The points that an order cost: in all, and by the position of the line."""

    points: int
    by_line: dict[int, int]


def spent_by(order: PlacedOrder) -> Spent | None:
    """What the order cost in points; None when it cost none."""
    for one in order.adjustments:
        if one.lane == Lane.POINTS.name and one.source.startswith(SOURCE):
            points = int(one.source.removeprefix(SOURCE))
            parts = split(points, [-fen for fen in one.shares])
            return Spent(points, {i: part for i, part in enumerate(parts, start=1) if part})
    return None


def back_by_line(order: PlacedOrder, spent: Spent, back: LinesBack) -> dict[int, int]:
    """Of each line's points, those that are back when so much of the lines is."""
    lines = {line.position: line for line in order.lines}
    return {
        position: _back(points, lines[position], back.get(position, NOTHING))
        for position, points in spent.by_line.items()
    }


def _back(points: int, line: PlacedLine, back: LineBack) -> int:
    by_units = points * back.units // line.quantity
    cash_fen = line.payable_fen - back.rebated_fen
    if cash_fen <= 0:
        return by_units
    # Each unit's share of the cash is rounded down by less than a fen, which takes no points.
    return min(by_units, points * (back.refunded_fen + back.units) // cash_fen)
