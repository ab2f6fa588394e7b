"""What a coupon takes off: pure.

A shopper may use one coupon for goods and one for the freight in an order. What is left
to pay for the goods stays at least one fen, so no order is free by a coupon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mall.coupons.models import AMOUNT, EXCHANGE, FREIGHT
from mall.kernel.money import share, yuan
from mall.pricing import engine
from mall.pricing.benefits import Gain, NextStep
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal
from mall.pricing.quote import Adjustment, Lane, PriceLine, Quote, QuoteLine, line_shares, spare_fen
from mall.pricing.scope import Scope

GOODS_SOURCE, FREIGHT_SOURCE = "coupon:", "voucher:"
_SOURCES = (GOODS_SOURCE, FREIGHT_SOURCE)
_ONE = Stacking(group="freight coupon", with_groups=None)


@dataclass(frozen=True, slots=True)
class Terms:
    """A coupon as pricing knows it; `usable_from` is set when it isn't valid yet."""

    coupon_id: int
    label: str
    kind: str
    amount_fen: int
    off_bp: int
    cap_fen: int | None
    threshold_fen: int
    scope: Scope
    expires_at: datetime
    usable_from: datetime | None = None

    @property
    def source(self) -> str:
        return f"{FREIGHT_SOURCE if self.kind == FREIGHT else GOODS_SOURCE}{self.coupon_id}"

    @property
    def order(self) -> tuple[datetime, int]:
        """Of two that are worth the same, the one that expires first is used."""
        return self.expires_at, self.coupon_id


@dataclass(frozen=True, slots=True)
class Worth:
    """What a coupon takes off, or why nothing."""

    amount_fen: int
    reason: str | None = None


def worth(terms: Terms, lines: Sequence[QuoteLine], freight_fen: int, kept_fen: int = 1) -> Worth:
    """What `terms` take off `lines` (as they cost after promotions) or off the freight.

    Of the goods `kept_fen` can't be taken off.
    """
    covered = lines
    if not terms.scope.everything:
        covered = [line for line in lines if terms.scope.covers(line.line)]
    goods_fen = sum(line.payable_fen for line in covered)
    if terms.usable_from is not None:
        return Worth(0, "未到使用时间")
    if not covered:
        return Worth(0, "没有适用的商品")
    if goods_fen < terms.threshold_fen:
        return Worth(0, f"再买 {yuan(terms.threshold_fen - goods_fen)} 元适用商品可用")
    if terms.kind == FREIGHT:
        amount = min(freight_fen, freight_fen if terms.cap_fen is None else terms.cap_fen)
        return Worth(amount, None if amount else "本单没有运费")
    spare = spare_fen(lines, kept_fen)
    amount = min(_off(terms, covered, goods_fen), goods_fen, spare)
    return Worth(amount) if amount > 0 else Worth(0, "没有可减的金额")


def _off(terms: Terms, covered: Sequence[QuoteLine], goods_fen: int) -> int:
    if terms.kind == AMOUNT:
        return terms.amount_fen
    if terms.kind == EXCHANGE:
        return max(-(-line.payable_fen // line.line.quantity) for line in covered)
    off = share(goods_fen, terms.off_bp)
    return off if terms.cap_fen is None else min(off, terms.cap_fen)


def best(
    candidates: Sequence[Terms], lines: Sequence[QuoteLine], kept_fen: int = 1
) -> tuple[Terms, int] | None:
    """The candidate that takes most off, with how much; None when none takes anything."""
    found = [(terms, worth(terms, lines, 0, kept_fen).amount_fen) for terms in candidates]
    useful = [pair for pair in found if pair[1] > 0]
    return min(useful, key=lambda pair: (-pair[1], pair[0].order)) if useful else None


@dataclass(frozen=True, slots=True)
class GoodsCoupons:
    """The best of these coupons for goods is applied, after promotions."""

    candidates: tuple[Terms, ...]
    lane: Lane = Lane.COUPON
    source: str = "coupon"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        found = best(self.candidates, quote.lines, quote.context.kept_fen)
        if found is None:
            return []
        terms, amount_fen = found
        return engine.discount(
            quote,
            self.lane,
            source=terms.source,
            label=terms.label,
            amount_fen=amount_fen,
            over={x.line.sku_id for x in quote.lines if terms.scope.covers(x.line)},
        )


@dataclass(frozen=True, slots=True)
class FreightBenefit:
    """What a freight coupon gives, for the lane where it competes with free freight."""

    terms: Terms
    by_line: bool = False

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        amount_fen = worth(self.terms, lines, freight_fen).amount_fen
        return Gain(self.description, (amount_fen,)) if amount_fen else None

    def next_step(self, lines: Sequence[QuoteLine], freight_fen: int) -> NextStep | None:
        return None

    @property
    def description(self) -> str:
        return "运费券"


def freight_deal(terms: Terms, lines: Sequence[PriceLine]) -> Deal:
    """A freight coupon as a deal: of two one wins, and free freight without one is better.

    Its source sorts it behind promotions, which win when both pay the same.
    """
    over = frozenset(line.sku_id for line in lines if terms.scope.covers(line))
    return Deal(Lane.FREIGHT, terms.source, terms.label, FreightBenefit(terms), over, _ONE)


def lines_before_coupons(quote: Quote) -> list[QuoteLine]:
    """The lines of a finished quote as a coupon met them: promotions taken off."""
    earlier = [a for a in quote.adjustments if a.lane < Lane.COUPON]
    return [
        QuoteLine(x.line, x.total_fen, sum(fen for _, fen in line_shares(earlier, position)))
        for position, x in enumerate(quote.bought, start=1)
    ]


def freight_before_coupons(quote: Quote) -> int:
    """The freight of a finished quote as a coupon met it."""
    return quote.freight_fen - sum(
        a.amount_fen
        for a in quote.adjustments
        if a.lane is Lane.FREIGHT and a.source.startswith(FREIGHT_SOURCE)
    )


def coupon_ids(sources: Iterable[str]) -> list[int]:
    """The coupons among the sources of an order's adjustments."""
    kinds = (source.partition(":") for source in sources)
    return sorted({int(number) for kind, _, number in kinds if f"{kind}:" in _SOURCES})
