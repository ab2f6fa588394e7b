"""Activity prices: what a unit costs in an activity (members, a group, a flash sale, a season).

Every feature says such a price in one way, as a deal of the lane ACTIVITY whose benefit
decides line by line. At most one applies to a line, the lowest; two add up only where both
accept each other. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mall.pricing.benefits import FixedPrices
from mall.pricing.choosing import Candidate, Stacking, by_age
from mall.pricing.deals import Chosen, Deal
from mall.pricing.quote import Adjustment, Lane, PassedOver, PriceRule, Quote, RuleBroken

ALONE = Stacking()


def activity_price(
    source: str,
    label: str,
    prices: Mapping[int, int],
    *,
    stacking: Stacking = ALONE,
    at_most_fen: int | None = None,
) -> Deal:
    """A price of its own for some SKUs: fen a unit, by SKU id; where it is lower, it may apply.

    The shopper reads `label` ("拼团价"). `at_most_fen` is what is left of a budget: a price
    that would take more off in all isn't given.
    """
    benefit = FixedPrices(tuple(sorted(prices.items())), description="")
    over = frozenset(prices)
    return Deal(Lane.ACTIVITY, source, label, benefit, over, stacking, at_most_fen)


def activity_prices(rules: Sequence[PriceRule]) -> list[Deal]:
    """The rules of the lane ACTIVITY, the oldest first: all deals that decide line by line.

    Raises RuleBroken: a rule that isn't one would add up with the others.
    """
    found = []
    for rule in rules:
        if rule.lane is Lane.ACTIVITY:
            if not isinstance(rule, Deal) or not rule.benefit.by_line:
                raise RuleBroken(f"{rule.source}: not a price of single lines, so not an activity")
            found.append(rule)
    return sorted(found, key=lambda deal: by_age(deal.source))


def explain(
    quote: Quote, deals: Sequence[Deal], chosen: Chosen
) -> tuple[list[Adjustment], list[PassedOver]]:
    """Say which prices lost to which: in the note of each adjustment, and once a line.

    `quote` is what the deals (the oldest first) met, `chosen` the best set of them.
    """
    if len(deals) < 2 or not chosen.adjustments:
        return chosen.adjustments, []
    by_source = {deal.source: deal for deal in deals}
    offered = _by_line(quote, chosen.offered, by_source)
    beaten: dict[str, list[Deal]] = {}
    passed_over = []
    for place, line in enumerate(quote.lines):
        had = [by_source[one.source] for one in chosen.adjustments if one.shares[place]]
        lost = _lost(offered[place], had)
        if lost:
            sources = tuple(deal.source for deal, _ in lost)
            better = [one for one in had if any(one in refusing for _, refusing in lost)]
            said = _words(better, [deal for deal, _ in lost])
            passed_over.append(PassedOver(line.line.sku_id, sources, said))
        for deal, refusing in lost:
            for one in refusing:
                beaten.setdefault(one.source, []).append(deal)
    noted = [
        replace(one, note=_words([by_source[one.source]], beaten[one.source]))
        if one.source in beaten
        else one
        for one in chosen.adjustments
    ]
    return noted, passed_over


def _by_line(
    quote: Quote, offered: Sequence[Candidate], by_source: Mapping[str, Deal]
) -> list[list[Deal]]:
    """The prices that each line could have, in the order of the deals."""
    found: list[list[Deal]] = [[] for _ in quote.lines]
    for candidate in offered:
        for place in candidate.places:
            found[place].append(by_source[candidate.source])
    return found


def _lost(offered: Sequence[Deal], had: Sequence[Deal]) -> list[tuple[Deal, list[Deal]]]:
    """The prices of a line that lost, each with those that the line has and that refuse it."""
    sources = {deal.source for deal in had}
    lost = []
    for deal in offered:
        if deal.source not in sources:
            refusing = [one for one in had if not one.stacking.goes_with(deal.stacking)]
            if refusing:
                lost.append((deal, refusing))
    return lost


def _words(had: Sequence[Deal], lost: Sequence[Deal]) -> str:
    names = ["、".join(dict.fromkeys(deal.name for deal in deals)) for deals in (had, lost)]
    return f"已享{names[0]}，{names[1]}不叠加"
