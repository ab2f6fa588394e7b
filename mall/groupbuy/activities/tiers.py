"""Tiers: how many must join, and what a unit costs then. Pure; prices in fen a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tiers:
    """The tiers of a team: sizes that grow, and by SKU the price at each of them, which falls."""

    sizes: tuple[int, ...]
    prices: Mapping[int, tuple[int, ...]]

    @property
    def min_size(self) -> int:
        """With so many members a team is formed."""
        return self.sizes[0]

    @property
    def max_size(self) -> int:
        """No team has more members."""
        return self.sizes[-1]

    def first_price(self, sku_id: int) -> int:
        """What a unit costs at the first tier: the most that a member pays."""
        return self.prices[sku_id][0]

    def reached(self, members: int) -> int:
        """The size of the tier that so many members reach; a formed team has the first at least."""
        return max((size for size in self.sizes if size <= members), default=self.min_size)

    def price_at(self, sku_id: int, size: int) -> int:
        """What a unit costs at the tier of this size."""
        return self.prices[sku_id][self.sizes.index(size)]

    def only(self, size: int) -> Tiers:
        """The single tier of this size, which a leader chose. ValueError when there is none."""
        place = self.sizes.index(size)
        return Tiers((size,), {sku: (prices[place],) for sku, prices in self.prices.items()})


def tiers_of(sizes: Sequence[int], prices: Mapping[str, Sequence[int]]) -> Tiers:
    """Tiers as a row of `groupbuy_tier_sets` keeps them."""
    return Tiers(tuple(sizes), {int(sku): tuple(fen) for sku, fen in prices.items()})
