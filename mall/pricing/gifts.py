"""Gifts: units that come with what is bought (买一赠一). Pure arithmetic, like any benefit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mall.pricing.benefits import Gain, NextStep
from mall.pricing.quote import GiftRule, PriceLine, QuoteLine


@dataclass(frozen=True, slots=True)
class GiftBenefit:
    """Units of one SKU for nothing, as far as there are any.

    `goods` is one unit of it. `left` is what the deal has left to give, `on_shelf` what the
    shop has left of the SKU beside what is being bought.
    """

    rule: GiftRule
    name: str
    goods: PriceLine
    left: int
    on_shelf: int
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        units = min(self.rule.earned(_units(lines)), self._available)
        if units <= 0:
            return None
        gift = replace(self.goods, quantity=units)
        return Gain(self.description, (0,) * len(lines), gift)

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        bought = _units(lines)
        if self._available <= self.rule.earned(bought):
            return None
        short = self.rule.short(bought)
        if short is None:
            return None
        text = f"再买 {short} 件可得赠品「{self.name}」{self.rule.units} 件"
        return NextStep(text, short_units=short)

    def shortage(self, lines: Sequence[QuoteLine], given: int) -> str | None:
        """A text that says that fewer are given than were earned, as too few are left."""
        if given >= self.rule.earned(_units(lines)):
            return None
        if given:
            return f"赠品「{self.name}」仅剩 {given} 件"
        return None if self._available > 0 else f"赠品「{self.name}」已赠完，本单不含赠品"

    @property
    def description(self) -> str:
        return self.rule.description

    @property
    def _available(self) -> int:
        return min(self.left, self.on_shelf)


def _units(lines: Sequence[QuoteLine]) -> int:
    return sum(line.line.quantity for line in lines)
