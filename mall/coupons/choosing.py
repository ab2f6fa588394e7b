"""Which coupons make an order's price: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mall.coupons import rules
from mall.coupons.models import FREIGHT
from mall.coupons.rules import Terms
from mall.pricing import engine
from mall.pricing.benefits import Gain, NextStep
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal
from mall.pricing.quote import Adjustment, Lane, PriceRule, Quote, QuoteLine

_ONE = Stacking(group="freight coupon", with_groups=None)
_ALL_OF_IT = 2**62


@dataclass(frozen=True, slots=True)
class GoodsCoupon:
    """A coupon that takes `amount_fen` off the SKUs `over`, after promotions."""

    terms: Terms
    amount_fen: int
    over: frozenset[int]
    lane: Lane = Lane.COUPON

    @property
    def source(self) -> str:
        return self.terms.source

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return engine.discount(
            quote,
            self.lane,
            source=self.source,
            label=self.terms.label,
            amount_fen=self.amount_fen,
            over=self.over,
        )


@dataclass(frozen=True, slots=True)
class FreightBenefit:
    """What a freight coupon gives, for the lane where it competes with free freight.

    Its conditions are met. Of several exactly one gives something: up to `sooner_fen` others
    that expire sooner pay, and above its own cap a `bigger` one.
    """

    terms: Terms
    sooner_fen: int = 0
    bigger: bool = False
    by_line: bool = False
    description: str = "运费券"

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        amount_fen = rules.off_freight(self.terms, freight_fen)
        if freight_fen <= self.sooner_fen or (self.bigger and amount_fen < freight_fen):
            return None
        return Gain(self.description, (amount_fen,))

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        return None


@dataclass(frozen=True, slots=True)
class Coupons:
    """One coupon for goods and one for freight of these, or fewer.

    With `as_told` both are used as far as they take something off, and the quote says of which
    they don't. Otherwise they are those that make the order cheapest, with its freight; of
    equals those that leave most points, then the fewest, then those that expire first.
    """

    candidates: tuple[Terms, ...]
    as_told: bool = False
    lane: Lane = Lane.COUPON
    source: str = "coupon"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        """Nothing of its own: its options are rules."""
        return []

    def options(self, quote: Quote) -> list[tuple[PriceRule, ...]]:
        """What may be used, from the quote as promotions left it: each goods coupon that takes
        something off, and none. Freight coupons are deals, so the best of them wins in its lane."""
        freight = freight_deals((t for t in self.candidates if t.kind == FREIGHT), quote)
        goods = _useful((t for t in self.candidates if t.kind != FREIGHT), quote)
        options: list[tuple[PriceRule, ...]] = [(one, *freight) for one in goods]
        return options if self.as_told and options else [*options, tuple(freight)]

    def preference(self, quote: Quote) -> tuple[int, int, list[tuple[datetime, int]]]:
        """Of options that cost the same, the one with the lowest of these is taken."""
        points_fen = -sum(a.amount_fen for a in quote.adjustments if a.lane is Lane.POINTS)
        sources = {a.source for a in quote.adjustments}
        used = sorted(terms.order for terms in self.candidates if terms.source in sources)
        return points_fen, len(used), used

    def notices(self, quote: Quote) -> list[str]:
        """Why a coupon that was asked for takes nothing off the finished quote."""
        sources = {a.source for a in quote.adjustments}
        idle = [t for t in self.candidates if t.source not in sources] if self.as_told else []
        return [f"「{terms.label}」本单未使用：{_why_idle(terms, quote)}" for terms in idle]


def _why_idle(terms: Terms, quote: Quote) -> str:
    lines, freight_fen = rules.lines_before_coupons(quote), rules.freight_before_coupons(quote)
    found = rules.worth(terms, lines, freight_fen, quote.context.kept_fen)
    return found.reason or "已有更优惠的价格"


def _useful(candidates: Iterable[Terms], quote: Quote) -> list[GoodsCoupon]:
    """Those that take something off. Of several that take the same off the same goods the one
    that expires first stands for all: a shopper may hold hundreds of one template."""
    found: dict[tuple[int, frozenset[int]], GoodsCoupon] = {}
    for terms in sorted(candidates, key=lambda terms: terms.order):
        amount_fen = rules.worth(terms, quote.lines, 0, quote.context.kept_fen).amount_fen
        if amount_fen > 0:
            over = frozenset(
                x.line.sku_id for x in quote.lines if x.payable_fen and terms.scope.covers(x.line)
            )
            found.setdefault((amount_fen, over), GoodsCoupon(terms, amount_fen, over))
    return list(found.values())


def freight_deals(candidates: Iterable[Terms], quote: Quote) -> list[Deal]:
    """Freight coupons as deals: of two one wins, and free freight without one is better.

    `quote` is what promotions left: that the thresholds look at. One that expires later than
    another that pays at least as much is left out. Their sources sort them behind promotions,
    which win when both pay the same.
    """
    kept: list[Terms] = []
    for terms in sorted(candidates, key=lambda terms: terms.order):
        pays_more = not kept or _cap_fen(kept[-1]) < _cap_fen(terms)
        if pays_more and rules.reason_against(terms, quote.lines) is None:
            kept.append(terms)
    everything = frozenset(x.line.sku_id for x in quote.lines)
    found = []
    for place, terms in enumerate(kept):
        sooner_fen = _cap_fen(kept[place - 1]) if place else 0
        benefit = FreightBenefit(terms, sooner_fen, bigger=place + 1 < len(kept))
        found.append(Deal(Lane.FREIGHT, terms.source, terms.label, benefit, everything, _ONE))
    return found


def _cap_fen(terms: Terms) -> int:
    return _ALL_OF_IT if terms.cap_fen is None else terms.cap_fen
