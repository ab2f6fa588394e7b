"""`price`: the one function that says what a purchase costs. Preview and placing call it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from mall.kernel.money import MAX_FEN, split
from mall.pricing.activity import activity_prices, explain
from mall.pricing.deals import Chosen, Deal, best
from mall.pricing.quote import (
    Adjustment,
    Choosing,
    Lane,
    Noting,
    Preference,
    PriceContext,
    PriceLine,
    PriceRule,
    Quote,
    QuoteLine,
    Refusing,
    RuleBroken,
    spare_fen,
)

_LATER_LANES = tuple(lane for lane in Lane if lane is not Lane.ACTIVITY)


def price(lines: Sequence[PriceLine], rules: Sequence[PriceRule], context: PriceContext) -> Quote:
    """Price `lines` (one a SKU) under `rules`. No clock, no session, no memory.

    Rules apply lane by lane, in a lane by source, then of the lane's deals the best set, so
    neither the order of the lines nor of the rules changes any amount. A rule with a choice
    (`Choosing`) brings the set that makes the whole order cheapest. No line is ever below
    zero, every share sums up. A line has at most one activity price, the lowest, unless two
    accept each other.
    Raises RuleBroken for a rule that breaks this, OverflowError for a total above MAX_FEN.
    """
    quote = _bare(lines, context)
    quote = _price_activities(quote, activity_prices(rules))
    quote = _price_later(quote, rules)
    plain = [rule for rule in rules if not isinstance(rule, Deal)]
    found = [o for rule in plain if isinstance(rule, Refusing) for o in rule.obstacles(quote)]
    said = [text for rule in plain if isinstance(rule, Noting) for text in rule.notices(quote)]
    if found or said:
        quote = replace(quote, obstacles=tuple(found), notices=(*quote.notices, *said))
    quote = _with_gifts(quote) if quote.gifts else quote
    if max(quote.goods_fen, quote.payable_fen) > MAX_FEN:
        raise OverflowError("the total is above any order's")
    return quote


def _price_activities(quote: Quote, deals: Sequence[Deal]) -> Quote:
    if not deals:
        return quote
    chosen = best(quote, Lane.ACTIVITY, deals)
    adjustments, passed_over = explain(quote, deals, chosen)
    quote = _give(quote, replace(chosen, adjustments=adjustments))
    return replace(quote, passed_over=tuple(passed_over))


def _price_later(quote: Quote, rules: Sequence[PriceRule]) -> Quote:
    """All lanes behind the activity prices."""
    plain = (rule for rule in rules if not isinstance(rule, Deal))
    chooser = next((rule for rule in plain if isinstance(rule, Choosing)), None)
    if chooser is None:
        return _price_lanes(quote, _LATER_LANES, rules)
    before = [lane for lane in _LATER_LANES if lane < chooser.lane]
    behind = [lane for lane in _LATER_LANES if lane >= chooser.lane]
    return _price_cheapest(_price_lanes(quote, before, rules), behind, rules, chooser)


def _price_lanes(quote: Quote, lanes: Sequence[Lane], rules: Sequence[PriceRule]) -> Quote:
    for lane in lanes:
        quote = _price_lane(quote, lane, [rule for rule in rules if rule.lane is lane])
    return quote


def _price_cheapest(
    quote: Quote, lanes: Sequence[Lane], rules: Sequence[PriceRule], chooser: Choosing
) -> Quote:
    """The quote of the cheapest of the chooser's options. Freight comes last and is never below
    zero, so an option whose goods alone cost more than the best so far needs no freight."""
    before = [lane for lane in lanes if lane is not Lane.FREIGHT]
    last = [lane for lane in lanes if lane is Lane.FREIGHT]
    options = [(one, _price_lanes(quote, before, [*rules, *one])) for one in chooser.options(quote)]
    best: tuple[int, Preference, Quote] | None = None
    for more, goods in sorted(options, key=lambda option: option[1].payable_fen):
        if best is not None and goods.payable_fen > best[0]:
            break
        whole = _price_lanes(goods, last, [*rules, *more])
        found = whole.payable_fen, chooser.preference(whole), whole
        if best is None or found[0] < best[0] or (found[0] == best[0] and found[1] < best[1]):
            best = found
    if best is None:
        raise RuleBroken("a rule with a choice offers none")
    return best[2]


def _price_lane(quote: Quote, lane: Lane, rules: Sequence[PriceRule]) -> Quote:
    plain = [rule for rule in rules if not isinstance(rule, Deal)]
    deals = [rule for rule in rules if isinstance(rule, Deal)]
    for rule in sorted(plain, key=lambda rule: rule.source):
        for adjustment in rule.adjust(quote):
            quote = _apply(quote, adjustment)
    return _give(quote, best(quote, lane, deals)) if deals else quote


def _give(quote: Quote, chosen: Chosen) -> Quote:
    for adjustment in chosen.adjustments:
        quote = _apply(quote, adjustment)
    return replace(
        quote,
        hints=(*quote.hints, *chosen.hints),
        gifts=(*quote.gifts, *chosen.gifts),
        notices=(*quote.notices, *chosen.notices),
    )


def _with_gifts(quote: Quote) -> Quote:
    """Each gift becomes a line behind the bought ones, and its price is taken off again."""
    none = (0,) * len(quote.gifts)
    lines = list(quote.lines)
    adjustments = [
        replace(a, shares=(*a.shares, *none)) if a.shares else a for a in quote.adjustments
    ]
    for gift in quote.gifts:
        shares = [0] * (len(quote.lines) + len(quote.gifts))
        shares[len(lines)] = -gift.worth_fen
        lines.append(QuoteLine(gift.line, gift.worth_fen, -gift.worth_fen, gift))
        adjustments.append(
            Adjustment(
                Lane.PROMOTION,
                gift.source,
                gift.label,
                -gift.worth_fen,
                tuple(shares),
                gift.note,
            )
        )
    worth_fen = sum(gift.worth_fen for gift in quote.gifts)
    return replace(
        quote,
        lines=tuple(lines),
        adjustments=tuple(sorted(adjustments, key=lambda a: a.lane)),
        goods_fen=quote.goods_fen + worth_fen,
        discount_fen=quote.discount_fen + worth_fen,
    )


def discount(
    quote: Quote,
    lane: Lane,
    *,
    source: str,
    label: str,
    amount_fen: int,
    over: Collection[int] | None = None,
) -> list[Adjustment]:
    """Take `amount_fen` (positive) off the lines of the SKUs `over`, or of all.

    Never more than they still cost, and the order's goods keep their last fen (`spare_fen`).
    Split by what each still costs, by largest remainder; ties go to the lower SKU id.
    Nothing to take off gives no adjustment.
    """
    order = sorted(range(len(quote.lines)), key=lambda i: quote.lines[i].line.sku_id)
    weights = [
        quote.lines[i].payable_fen if over is None or quote.lines[i].line.sku_id in over else 0
        for i in order
    ]
    taken = min(amount_fen, sum(weights), spare_fen(quote.lines, quote.context.kept_fen))
    if taken <= 0:
        return []
    shares = [0] * len(order)
    for i, part in zip(order, split(taken, weights), strict=True):
        shares[i] = -part
    return [Adjustment(lane, source, label, -taken, tuple(shares))]


def freight(source: str, label: str, amount_fen: int) -> list[Adjustment]:
    """Add `amount_fen` of freight (negative takes some off); none when it's zero."""
    if amount_fen == 0:
        return []
    return [Adjustment(Lane.FREIGHT, source, label, amount_fen, ())]


def _bare(lines: Sequence[PriceLine], context: PriceContext) -> Quote:
    if len({line.sku_id for line in lines}) != len(lines) or not lines:
        raise ValueError("a quote has one line a SKU, and at least one")
    if any(line.quantity <= 0 or line.price_fen < 0 for line in lines):
        raise ValueError("quantities are above zero, prices not below")
    priced = tuple(QuoteLine(line, line.price_fen * line.quantity, 0) for line in lines)
    goods_fen = sum(line.total_fen for line in priced)
    return Quote(context, priced, (), goods_fen, discount_fen=0, freight_fen=0)


def _apply(quote: Quote, adjustment: Adjustment) -> Quote:
    adjustments = (*quote.adjustments, adjustment)
    if adjustment.lane is Lane.FREIGHT:
        freight_fen = quote.freight_fen + adjustment.amount_fen
        if adjustment.shares or freight_fen < 0:
            raise RuleBroken(f"{adjustment.source}: freight below zero, or split over lines")
        return replace(quote, adjustments=adjustments, freight_fen=freight_fen)
    if len(adjustment.shares) != len(quote.lines) or sum(adjustment.shares) != (
        adjustment.amount_fen
    ):
        raise RuleBroken(f"{adjustment.source}: shares don't sum to the amount")
    lines = tuple(
        replace(line, adjusted_fen=line.adjusted_fen + part)
        for line, part in zip(quote.lines, adjustment.shares, strict=True)
    )
    discount_fen = quote.discount_fen - adjustment.amount_fen
    if discount_fen < 0 or any(line.payable_fen < 0 for line in lines):
        raise RuleBroken(f"{adjustment.source}: a line below zero, or dearer than its price")
    return replace(quote, lines=lines, adjustments=adjustments, discount_fen=discount_fen)
