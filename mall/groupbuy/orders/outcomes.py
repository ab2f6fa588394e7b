"""What a seat costs in the end at each tier: paid at placing, and what of it comes back. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mall.groupbuy.activities.tiers import Tiers
from mall.pricing.quote import KEPT_FEN, Lane, Quote


@dataclass(frozen=True, slots=True)
class TierOutcome:
    """A tier for one order, in fen: a unit's price there, what the order costs in the end with
    its freight, and what of it comes back."""

    size: int
    unit_price_fen: int
    payable_fen: int
    back_fen: int


@dataclass(frozen=True, slots=True)
class Seat:
    """An order of a seat, in fen: `unit_price_fen` as a unit was placed, `goods_fen` what its goods
    cost after all that stacks, `payable_fen` with freight."""

    sku_id: int
    units: int
    unit_price_fen: int
    goods_fen: int
    payable_fen: int


def outcomes(tiers: Tiers, seat: Seat, *, gives_difference: bool) -> list[TierOutcome]:
    """Each tier for this order, the smallest first. One fen of the goods stays, as everywhere."""
    found = []
    for size in tiers.sizes:
        price_fen = tiers.price_at(seat.sku_id, size)
        back_fen = 0
        if gives_difference:
            wanted_fen = (seat.unit_price_fen - price_fen) * seat.units
            back_fen = max(0, min(wanted_fen, seat.goods_fen - KEPT_FEN))
        found.append(TierOutcome(size, price_fen, seat.payable_fen - back_fen, back_fen))
    return found


def seat_of(quote: Quote) -> Seat:
    """A seat as it is quoted: its goods are the first line. What stacks doesn't change what a
    unit was placed at."""
    bought = quote.lines[0]
    stacked_fen = sum(
        one.shares[0] for one in quote.adjustments if one.lane != Lane.ACTIVITY and one.shares
    )
    units = bought.line.quantity
    return Seat(
        sku_id=bought.line.sku_id,
        units=units,
        unit_price_fen=(bought.payable_fen - stacked_fen) // units,
        goods_fen=bought.payable_fen,
        payable_fen=quote.payable_fen,
    )
