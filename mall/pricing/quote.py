"""The shapes of pricing: lines, adjustments, the quote, and what a rule is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

KEPT_FEN = 1
"""What an order's goods still cost whatever is taken off: nothing is free by discounts (I13)."""


class RuleBroken(ValueError):
    """A rule answered what doesn't add up, or stands in a wrong lane: a fault of ours."""


class Lane(IntEnum):
    """When a rule is applied: each lane sees what the lanes before it left to pay."""

    ACTIVITY = 1
    PROMOTION = 2
    COUPON = 3
    POINTS = 4
    FREIGHT = 5


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One SKU that somebody means to buy. `price_fen` is the price of one unit."""

    sku_id: int
    price_fen: int
    quantity: int
    spu_id: int
    category_id: int
    brand_id: int | None
    weight_g: int
    volume_cm3: int = 0


@dataclass(frozen=True, slots=True)
class GiftRule:
    """`units` of a gift for every `from_units` units bought: once, or `repeat`edly."""

    from_units: int
    units: int
    repeat: bool

    def earned(self, bought: int) -> int:
        """How many units of the gift so many bought units give."""
        times = bought // self.from_units
        return self.units * (times if self.repeat else min(times, 1))

    def short(self, bought: int) -> int | None:
        """How many units are missing to more of it; None when there's no more to have."""
        if bought >= self.from_units and not self.repeat:
            return None
        return self.from_units - bought % self.from_units

    @property
    def description(self) -> str:
        every = "每买" if self.repeat else "买"
        return f"{every} {self.from_units} 件赠 {self.units} 件"


@dataclass(frozen=True, slots=True)
class Gift:
    """Units that come with the bought units of the SKUs `over`, for nothing.

    `source`, `label` and `note` are those of the adjustment that takes its price off.
    """

    line: PriceLine
    source: str
    label: str
    note: str
    over: frozenset[int]
    rule: GiftRule

    @property
    def worth_fen(self) -> int:
        return self.line.price_fen * self.line.quantity


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line with its money: `payable_fen` = `total_fen` + `adjusted_fen`, never below zero.

    `gift` says why nobody asked for this line, and pays for it.
    """

    line: PriceLine
    total_fen: int
    adjusted_fen: int
    gift: Gift | None = None

    @property
    def payable_fen(self) -> int:
        return self.total_fen + self.adjusted_fen


@dataclass(frozen=True, slots=True)
class PriceContext:
    """Who buys and where it goes. No region while none is chosen.

    Unless the order `may_be_free`, one fen of its goods always stays to be paid.
    """

    user_id: int
    region_code: str | None
    may_be_free: bool = False

    @property
    def kept_fen(self) -> int:
        """What of the goods can't be taken off."""
        return 0 if self.may_be_free else KEPT_FEN


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One difference from the goods' price, with its source (for example "coupon:17").

    `amount_fen` is negative when it makes the order cheaper. `shares` are its parts by
    line, in the quote's order, and sum to it. Freight belongs to no line: its shares are ().
    `note` says with what it goes together.
    """

    lane: Lane
    source: str
    label: str
    amount_fen: int
    shares: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """The next step of a deal: what is missing (in fen or in units), and what it would give."""

    source: str
    label: str
    text: str
    short_fen: int | None = None
    short_units: int | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Activity prices (`sources`) that a SKU's line doesn't have, since it has a better one.

    `text` says so to the shopper (已享拼团价，会员价不叠加).
    """

    sku_id: int
    sources: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the lines of some SKUs can't be ordered like this. `message` is for the shopper."""

    code: str
    message: str
    sku_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a purchase costs, and why. `discount_fen` is what it is cheaper, so not negative.

    With `obstacles` it can be shown, not placed. Gifts become lines behind the bought ones
    only when it is finished, so no rule ever counts them. `notices` are for the shopper,
    who wouldn't see it in the amounts that something was to be had and is gone.
    """

    context: PriceContext
    lines: tuple[QuoteLine, ...]
    adjustments: tuple[Adjustment, ...]
    goods_fen: int
    discount_fen: int
    freight_fen: int
    obstacles: tuple[Obstacle, ...] = ()
    hints: tuple[Hint, ...] = ()
    gifts: tuple[Gift, ...] = ()
    notices: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def payable_fen(self) -> int:
        return self.goods_fen - self.discount_fen + self.freight_fen

    @property
    def bought(self) -> tuple[QuoteLine, ...]:
        """The lines that were asked for, without the gifts behind them."""
        return tuple(line for line in self.lines if line.gift is None)


def spare_fen(lines: Iterable[QuoteLine], kept_fen: int) -> int:
    """What may still be taken off an order's goods in all: `kept_fen` of them stays."""
    return sum(line.payable_fen for line in lines) - kept_fen


class Split(Protocol):
    """An adjustment with its shares, of a quote or as an order stores it."""

    @property
    def shares(self) -> Sequence[int]: ...


SplitT = TypeVar("SplitT", bound=Split)


def line_shares(adjustments: Iterable[SplitT], position: int) -> list[tuple[SplitT, int]]:
    """The adjustments that changed the line at `position` (from 1), each with its fen."""
    return [
        (one, one.shares[position - 1])
        for one in adjustments
        if position <= len(one.shares) and one.shares[position - 1]
    ]


class PriceRule(Protocol):
    """A pure rule of one lane. It sees the quote so far and answers what it changes."""

    @property
    def lane(self) -> Lane: ...

    @property
    def source(self) -> str:
        """Where its adjustments come from; orders the rules of one lane."""
        ...

    def adjust(self, quote: Quote) -> list[Adjustment]: ...


@runtime_checkable
class Refusing(Protocol):
    """A rule that may also find that lines can't be ordered, from the finished quote."""

    def obstacles(self, quote: Quote) -> list[Obstacle]: ...


@runtime_checkable
class Noting(Protocol):
    """A rule that may have something to say to the shopper of the finished quote."""

    def notices(self, quote: Quote) -> list[str]: ...


class Preference(Protocol):
    """What can be compared with its like."""

    def __lt__(self, other: Any, /) -> bool: ...


@runtime_checkable
class Choosing(Protocol):
    """A rule that brings one of several sets of rules, of its own lane or later ones: the set
    that makes the whole order cheapest. An order's price has one at most."""

    @property
    def lane(self) -> Lane: ...

    def options(self, quote: Quote) -> Sequence[Sequence[PriceRule]]:
        """The sets, at least one, from the quote as the lanes before left it."""
        ...

    def preference(self, quote: Quote) -> Preference:
        """Of sets that cost the same, the one whose quote has the lowest is taken."""
        ...
