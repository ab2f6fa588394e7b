"""How many points a purchase takes, and what they save. Pure; amounts in fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mall.kernel.money import share, split, yuan
from mall.pricing.quote import Adjustment, Lane, Quote, QuoteLine, line_shares, spare_fen

SOURCE = "points:"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the shop allows, and what the shopper has.

    `per_yuan` points are worth one yuan. Of each line at most `cap_bp` is paid with points, or
    what `caps` says for its SKU. At least `least` are used, in steps of `step`.
    """

    available: int
    debt: int
    per_yuan: int
    cap_bp: int
    least: int
    step: int
    caps: Mapping[int, int] = field(default_factory=dict)

    def worth(self, points: int) -> int:
        """What so many points save, rounded down."""
        return points * 100 // self.per_yuan

    def cost(self, fen: int) -> int:
        """How many points save `fen`, in whole steps."""
        return _up(-(-fen * self.per_yuan // 100), self.step)


@dataclass(frozen=True, slots=True)
class Use:
    """So many points save so much; `caps` is what each line could take."""

    points: int
    fen: int
    caps: tuple[int, ...]


def use(terms: Terms, lines: Sequence[QuoteLine], kept_fen: int, wanted: int | None = None) -> Use:
    """The use of `wanted` points (None: as many as help) for lines as the lane finds them.

    No point is taken that saves nothing, and no line passes its cap.
    """
    caps = tuple(
        share(line.payable_fen, terms.caps.get(line.line.sku_id, terms.cap_bp)) for line in lines
    )
    cap_fen = max(0, min(sum(caps), spare_fen(lines, kept_fen)))
    most = cap_fen * terms.per_yuan // 100
    points = min(terms.available, most, most if wanted is None else wanted)
    points -= points % terms.step
    least = _up(terms.least, terms.step)
    fen = terms.worth(points)
    if points < least or fen == 0:
        return Use(0, 0, caps)
    return Use(max(least, terms.cost(fen)), fen, caps)


def why_not_more(terms: Terms, lines: Sequence[QuoteLine], kept_fen: int, used: Use) -> str:
    """Why it isn't more than `used`, for the shopper."""
    if not any(used.caps):
        return "本单商品不能使用积分"
    cap_fen = max(0, min(sum(used.caps), spare_fen(lines, kept_fen)))
    least = _up(terms.least, terms.step)
    if terms.worth(least) > cap_fen:
        return f"满 {least} 积分起用，本单最多可抵 {yuan(cap_fen)} 元"
    if terms.available < least:
        owed = f"，另欠 {terms.debt} 积分" if terms.debt else ""
        return f"满 {least} 积分起用，现有 {terms.available} 积分{owed}"
    if terms.available < cap_fen * terms.per_yuan // 100:
        return f"现有 {terms.available} 积分"
    partly = "，部分商品不能使用积分" if 0 in used.caps else ""
    return f"本单最多可抵 {yuan(cap_fen)} 元{partly}"


@dataclass(frozen=True, slots=True)
class PointsRule:
    """Points pay for goods: `wanted` of them, or with None as many as help."""

    terms: Terms
    wanted: int | None
    lane: Lane = Lane.POINTS
    source: str = "points"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        used = use(self.terms, quote.lines, quote.context.kept_fen, self.wanted)
        if not used.points:
            return []
        order = sorted(range(len(quote.lines)), key=lambda i: quote.lines[i].line.sku_id)
        shares = [0] * len(order)
        for i, part in zip(order, split(used.fen, [used.caps[i] for i in order]), strict=True):
            shares[i] = -part
        label = f"积分抵扣（{used.points} 积分）"
        return [Adjustment(self.lane, f"{SOURCE}{used.points}", label, -used.fen, tuple(shares))]


def lines_before_points(quote: Quote) -> list[QuoteLine]:
    """The lines of a finished quote as points met them."""
    earlier = [a for a in quote.adjustments if a.lane < Lane.POINTS]
    return [
        QuoteLine(x.line, x.total_fen, sum(fen for _, fen in line_shares(earlier, position)))
        for position, x in enumerate(quote.bought, start=1)
    ]


def _up(points: int, step: int) -> int:
    return -(-points // step) * step
