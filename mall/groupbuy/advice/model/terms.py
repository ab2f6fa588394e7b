"""What a team is offered: goods, what they cost, and tiers as reductions of the shop's price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_JIAO = 10
_WHOLE_FROM_FEN = 1_000
"""From ten yuan on, prices are whole jiao."""


@dataclass(frozen=True, slots=True)
class Good:
    """A SKU: what it costs in the shop and costs the shop, in fen; `part` of the units sold."""

    sku_id: int
    price_fen: int
    cost_fen: int
    part: float = 1.0

    def reduced(self, reduction_bp: int) -> int:
        """The price after a reduction, in fen, rounded down to a price that can be shown."""
        price = self.price_fen * (10_000 - reduction_bp) // 10_000
        return price - price % _JIAO if price >= _WHOLE_FROM_FEN else max(1, price)


@dataclass(frozen=True, slots=True)
class Costs:
    """What selling costs beside the goods: `fee_bp` of a payment, and what a failed team
    costs, in fen."""

    goods: Sequence[Good]
    fee_bp: int = 0
    failed_team_fen: int = 0

    def unit_profit(self, reduction_bp: int) -> float:
        """What a unit earns at this reduction, in fen, over the mix of goods."""
        return sum(good.part * self.good_profit(good, reduction_bp) for good in self.goods)

    def good_profit(self, good: Good, reduction_bp: int) -> float:
        """The same for one of them."""
        price = good.reduced(reduction_bp)
        return price - price * self.fee_bp / 10_000 - good.cost_fen

    def margin_bp(self, reduction_bp: int) -> int:
        """The least margin of the goods at this reduction: profit of the price, rounded down."""
        return min(
            int(self.good_profit(good, reduction_bp) * 10_000 // good.reduced(reduction_bp))
            for good in self.goods
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tiers of a team: sizes that grow, and by tier the reduction in bp, which grows too."""

    sizes: tuple[int, ...]
    reductions_bp: tuple[int, ...]

    @property
    def min_size(self) -> int:
        """With so many members a team is formed."""
        return self.sizes[0]

    @property
    def max_size(self) -> int:
        """No team has more."""
        return self.sizes[-1]

    def reduction_at(self, members: int) -> int:
        """Of the tier that so many members reach; before the first, that of the first."""
        reached = self.reductions_bp[0]
        for size, reduction in zip(self.sizes, self.reductions_bp, strict=True):
            if size > members:
                break
            reached = reduction
        return reached
