"""The arithmetic of after-sales. Pure; amounts in fen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mall.kernel.money import split
from mall.orders.line_money import share_of_rest
from mall.pricing.quote import GiftRule


@dataclass(frozen=True, slots=True)
class GiftOf:
    """Why a line came for nothing: with the lines at these positions, by this rule."""

    positions: frozenset[int]
    rule: GiftRule


@dataclass(frozen=True, slots=True)
class LineState:
    """An order line as it stands with money.

    `refunded_*`: refunded or on its way, as `rebated_fen` for units that are kept.
    `claimed_*`: held by open after-sales.
    `withheld_fen`: what shoppers gave up by taking an offer; it doesn't go to later units.
    """

    line_id: int
    position: int
    quantity: int
    shipped: int
    restocked: int
    price_fen: int
    payable_fen: int
    refunded_quantity: int = 0
    refunded_fen: int = 0
    rebated_fen: int = 0
    claimed_quantity: int = 0
    claimed_fen: int = 0
    withheld_fen: int = 0
    gift: GiftOf | None = field(default=None, kw_only=True)

    @property
    def left(self) -> int:
        """Units that nobody has asked back yet."""
        return max(0, self.quantity - self.refunded_quantity - self.claimed_quantity)

    @property
    def unsent(self) -> int:
        """Units that are still to leave the shop."""
        return self.quantity - self.shipped - self.restocked

    @property
    def left_fen(self) -> int:
        """Money that nobody has asked back yet."""
        gone = self.refunded_fen + self.rebated_fen + self.claimed_fen + self.withheld_fen
        return self.payable_fen - gone

    @property
    def is_kept_for_nothing(self) -> bool:
        """There is nothing to ask back: it was given, or all of its money went back already."""
        return self.gift is not None or (self.rebated_fen > 0 and self.left_fen <= 0)

    def share(self, units: int) -> int:
        """What was paid for the next `units`; all units together give all that is left of it.

        Where a few fen were paid for many units, the first ones come back with nothing.
        """
        return share_of_rest(self.left_fen, self.left, units)


def with_gifts(lines: Collection[LineState], units: Mapping[int, int]) -> dict[int, int]:
    """`units` (line id → how many) and the gifts that nothing earns any more without them."""
    kept = {line.position: line.left - units.get(line.line_id, 0) for line in lines}
    along = dict(units)
    for line in lines:
        if line.gift is not None:
            earned = line.gift.rule.earned(sum(kept[place] for place in line.gift.positions))
            due = line.left - earned
            if due > along.get(line.line_id, 0):
                along[line.line_id] = due
    return along


def freight_back(lines: Iterable[LineState], units: dict[int, int], freight_left_fen: int) -> int:
    """What of the freight goes back with `units` (line id → how many).

    All that is left of it with the last unit of an order of which nothing was sent; nothing
    once a parcel has left.
    """
    for line in lines:
        if line.shipped or line.left > units.get(line.line_id, 0):
            return 0
    return freight_left_fen


def split_offer(offer_fen: int, shares: Sequence[int]) -> list[int]:
    """An offer over the lines, by their shares; no part above its share."""
    return split(offer_fen, shares)


@dataclass(frozen=True, slots=True)
class Discount:
    """A part of why units cost less than their price."""

    lane: str
    label: str
    amount_fen: int


def discounts(
    line: LineState, units: int, share_fen: int, given: Sequence[tuple[str, str, int]]
) -> list[Discount]:
    """Why `units` were paid with `share_fen`: the line's discounts (lane, label, fen ≤ 0)."""
    less = line.price_fen * units - share_fen
    weights = [max(0, -fen) for _, _, fen in given]
    if less <= 0 or not any(weights):
        return []
    parts = split(less, weights)
    return [
        Discount(lane, label, -part)
        for (lane, label, _), part in zip(given, parts, strict=True)
        if part
    ]
