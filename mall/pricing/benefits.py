"""What a deal gives: pure arithmetic on the lines that it is for.

Each benefit answers how many fen it takes off every line (never more than the line still
costs), a description of the step that was reached, and the next step. The
lines come in the order of their SKU ids, so the cart's order changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from mall.kernel.money import split
from mall.pricing.quote import PriceLine, QuoteLine

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Gain:
    """Fen off each line (of the freight: one figure) or a gift, and a Chinese description."""

    description: str
    takes: tuple[int, ...]
    gift: PriceLine | None = None

    @property
    def worth_fen(self) -> int:
        """A gift is worth its price."""
        return sum(self.takes) + (self.gift.price_fen * self.gift.quantity if self.gift else 0)


@dataclass(frozen=True, slots=True)
class NextStep:
    """How much is missing to a better step, and what it gives (fen, where that is known)."""

    description: str
    short_fen: int | None = None
    short_units: int | None = None
    gain_fen: int | None = None


class Benefit(Protocol):
    """What a deal gives."""

    @property
    def by_line(self) -> bool:
        """Each line has its own part, so another deal may win one line of it."""
        ...

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None: ...

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None: ...

    @property
    def description(self) -> str:
        """The whole rule, as a shopper reads it."""
        ...


def plain_yuan(fen: int) -> str:
    """Fen as people write them: 19900 → "199", 1050 → "10.5"."""
    return f"{fen // 100}.{fen % 100:02d}".rstrip("0").rstrip(".")


def fold(pay_bp: int) -> str:
    """What is still paid, as people say it: 8500 → "8.5 折"."""
    return f"{pay_bp // 1000}.{pay_bp % 1000:03d}".rstrip("0").rstrip(".") + " 折"


def _over(amount_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    taken = min(amount_fen, sum(weights))
    return tuple(split(taken, weights)) if taken > 0 else (0,) * len(weights)


@dataclass(frozen=True, slots=True)
class AmountOff:
    """满减: the best step (from_fen, off_fen) that the goods reach."""

    steps: tuple[tuple[int, int], ...]
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        weights = [line.payable_fen for line in lines]
        reached = [step for step in self.steps if step[0] <= sum(weights)]
        if not reached:
            return None
        from_fen, off_fen = max(reached, key=lambda step: step[1])
        return Gain(self._step(from_fen, off_fen), _over(off_fen, weights))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        total = sum(line.payable_fen for line in lines)
        had = max((off for at, off in self.steps if at <= total), default=0)
        ahead = [step for step in self.steps if step[0] > total and step[1] > had]
        if not ahead:
            return None
        at, off = min(ahead)
        text = f"再买 ¥{plain_yuan(at - total)} 可减 ¥{plain_yuan(off)}"
        return NextStep(text, short_fen=at - total, gain_fen=off)

    @property
    def description(self) -> str:
        return "，".join(self._step(*step) for step in self.steps)

    @staticmethod
    def _step(from_fen: int, off_fen: int) -> str:
        return f"满 {plain_yuan(from_fen)} 减 {plain_yuan(off_fen)}"


@dataclass(frozen=True, slots=True)
class UnitsPercent:
    """满 N 件折扣: the best step (from_units, pay_bp) for all the goods."""

    steps: tuple[tuple[int, int], ...]
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        units = sum(line.line.quantity for line in lines)
        reached = [step for step in self.steps if step[0] <= units]
        if not reached:
            return None
        from_units, pay_bp = min(reached, key=lambda step: step[1])
        weights = [line.payable_fen for line in lines]
        off_fen = sum(weights) * (WHOLE_BP - pay_bp) // WHOLE_BP
        return Gain(self._step(from_units, pay_bp), _over(off_fen, weights))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        units = sum(line.line.quantity for line in lines)
        had = min((bp for at, bp in self.steps if at <= units), default=WHOLE_BP)
        ahead = [step for step in self.steps if step[0] > units and step[1] < had]
        if not ahead:
            return None
        at, pay_bp = min(ahead)
        return NextStep(f"再买 {at - units} 件可享 {fold(pay_bp)}", short_units=at - units)

    @property
    def description(self) -> str:
        return "，".join(self._step(*step) for step in self.steps)

    @staticmethod
    def _step(from_units: int, pay_bp: int) -> str:
        return f"满 {from_units} 件享 {fold(pay_bp)}"


@dataclass(frozen=True, slots=True)
class UnitsFree:
    """满 N 件减: of every `units` units `free_units` are free, the cheapest of all first."""

    units: int
    free_units: int
    repeat: bool
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        times = sum(line.line.quantity for line in lines) // self.units
        left = self.free_units * (times if self.repeat else min(times, 1))
        if left == 0:
            return None
        takes = [0] * len(lines)
        for i in sorted(range(len(lines)), key=lambda i: (_unit(lines[i]), i)):
            free = min(left, lines[i].line.quantity)
            takes[i] = lines[i].payable_fen * free // lines[i].line.quantity
            left -= free
        return Gain(self.description, tuple(takes))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        units = sum(line.line.quantity for line in lines)
        if units >= self.units and not self.repeat:
            return None
        short = self.units - units % self.units
        return NextStep(f"再买 {short} 件可免 {self.free_units} 件", short_units=short)

    @property
    def description(self) -> str:
        every = "每满" if self.repeat else "满"
        return f"{every} {self.units} 件免最低价 {self.free_units} 件"


def _unit(line: QuoteLine) -> Fraction:
    return Fraction(line.payable_fen, line.line.quantity)


@dataclass(frozen=True, slots=True)
class Percent:
    """限时折扣: every unit at a part of its price."""

    pay_bp: int
    by_line: bool = True

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        off_bp = WHOLE_BP - self.pay_bp
        takes = (
            min(x.payable_fen, x.line.price_fen * off_bp // WHOLE_BP * x.line.quantity)
            for x in lines
        )
        return Gain(self.description, tuple(takes))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        return None

    @property
    def description(self) -> str:
        return fold(self.pay_bp)


@dataclass(frozen=True, slots=True)
class FixedPrices:
    """限时特价: (SKU, price of one unit in fen) in the place of its price, where lower."""

    prices: tuple[tuple[int, int], ...]
    by_line: bool = True
    description: str = "限时特价"

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        prices = dict(self.prices)
        takes = []
        for x in lines:
            off_fen = x.line.price_fen - prices.get(x.line.sku_id, x.line.price_fen)
            takes.append(min(x.payable_fen, max(0, off_fen) * x.line.quantity))
        return Gain(self.description, tuple(takes))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        return None


@dataclass(frozen=True, slots=True)
class Bundle:
    """套装价: each whole set of (SKU, units) costs `price_fen`, where that is less."""

    items: tuple[tuple[int, int], ...]
    price_fen: int
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        sets = self._sets(lines)
        if sets == 0:
            return None
        units = dict(self.items)
        worth = [
            x.payable_fen * units.get(x.line.sku_id, 0) * sets // x.line.quantity for x in lines
        ]
        return Gain(self.description, _over(sum(worth) - self.price_fen * sets, worth))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        if self._sets(lines) > 0:
            return None
        held = {x.line.sku_id: x.line.quantity for x in lines}
        short = sum(max(0, units - held.get(sku_id, 0)) for sku_id, units in self.items)
        text = f"再买 {short} 件配齐套装，{plain_yuan(self.price_fen)} 元一套"
        return NextStep(text, short_units=short)

    def _sets(self, lines: Sequence[QuoteLine]) -> int:
        held = {x.line.sku_id: x.line.quantity for x in lines}
        return min(held.get(sku_id, 0) // units for sku_id, units in self.items)

    @property
    def description(self) -> str:
        return f"套装价 {plain_yuan(self.price_fen)} 元"


@dataclass(frozen=True, slots=True)
class FreeFreight:
    """满额包邮: no freight once the goods cost `from_fen`, discounts taken off."""

    from_fen: int
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        if sum(line.payable_fen for line in lines) < self.from_fen:
            return None
        return Gain(self.description, (freight_fen,))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        short = self.from_fen - sum(line.payable_fen for line in lines)
        if short <= 0 or freight_fen == 0:
            return None
        return NextStep(f"再买 ¥{plain_yuan(short)} 可包邮", short_fen=short, gain_fen=freight_fen)

    @property
    def description(self) -> str:
        return f"满 {plain_yuan(self.from_fen)} 包邮" if self.from_fen else "包邮"
