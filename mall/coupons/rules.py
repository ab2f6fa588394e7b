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
from mall.pricing.quote import Lane, Quote, QuoteLine, line_shares, spare_fen
from mall.pricing.scope import Scope

GOODS_SOURCE, FREIGHT_SOURCE = "coupon:", "voucher:"
_SOURCES = (GOODS_SOURCE, FREIGHT_SOURCE)


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
    reason = reason_against(terms, lines)
    if reason is not None:
        return Worth(0, reason)
    if terms.kind == FREIGHT:
        amount = off_freight(terms, freight_fen)
        return Worth(amount, None if amount else "本单没有运费")
    covered = _covered(terms, lines)
    goods_fen = sum(line.payable_fen for line in covered)
    spare = spare_fen(lines, kept_fen)
    amount = min(_off(terms, covered, goods_fen), goods_fen, spare)
    return Worth(amount) if amount > 0 else Worth(0, "没有可减的金额")


def reason_against(terms: Terms, lines: Sequence[QuoteLine]) -> str | None:
    """Which condition `lines` (as they cost after promotions) don't meet; None when they do."""
    if terms.usable_from is not None:
        return "未到使用时间"
    covered = _covered(terms, lines)
    if not covered:
        return "没有适用的商品"
    short_fen = terms.threshold_fen - sum(line.payable_fen for line in covered)
    return f"再买 {yuan(short_fen)} 元适用商品可用" if short_fen > 0 else None


def off_freight(terms: Terms, freight_fen: int) -> int:
    """What a freight coupon pays of so much freight."""
    return freight_fen if terms.cap_fen is None else min(freight_fen, terms.cap_fen)


def _covered(terms: Terms, lines: Sequence[QuoteLine]) -> Sequence[QuoteLine]:
    if terms.scope.everything:
        return lines
    return [line for line in lines if terms.scope.covers(line.line)]


def _off(terms: Terms, covered: Sequence[QuoteLine], goods_fen: int) -> int:
    if terms.kind == AMOUNT:
        return terms.amount_fen
    if terms.kind == EXCHANGE:
        return max(-(-line.payable_fen // line.line.quantity) for line in covered)
    off = share(goods_fen, terms.off_bp)
    return off if terms.cap_fen is None else min(off, terms.cap_fen)


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
