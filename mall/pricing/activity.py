"""Activity prices: what a unit costs in an activity (members, a group, a flash sale, a season).

Every feature says such a price in one way, as a deal of the lane ACTIVITY whose benefit
decides line by line. At most one applies to a line, the lowest; two add up only where both
accept each other. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mall.pricing.benefits import FixedPrices
from mall.pricing.choosing import Stacking, by_age
from mall.pricing.deals import Deal
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
    """The rules of the lane ACTIVITY, which must all be deals that decide line by line.

    Raises RuleBroken: a rule that isn't one would add up with the others.
    """
    found = []
    for rule in rules:
        if rule.lane is Lane.ACTIVITY:
            if not isinstance(rule, Deal) or not rule.benefit.by_line:
                raise RuleBroken(f"{rule.source}: not a price of single lines, so not an activity")
            found.append(rule)
    return found


def explain(
    quote: Quote, deals: Sequence[Deal], chosen: Sequence[Adjustment]
) -> tuple[list[Adjustment], list[PassedOver]]:
    """Say which prices lost to which: in the note of each adjustment, and line by line.

    `quote` is what the deals met, `chosen` what the best set of them gives.
    """
    if len(deals) < 2 or not chosen:
        return list(chosen), []
    by_source = {deal.source: deal for deal in deals}
    beaten: dict[str, list[str]] = {}
    lost = []
    for deal in sorted(deals, key=lambda deal: by_age(deal.source)):
        for place, off_fen in _takes(quote, deal):
            rivals = [
                by_source[a.source]
                for a in chosen
                if a.shares[place] and not by_source[a.source].stacking.goes_with(deal.stacking)
            ]
            if not rivals or any(a.source == deal.source and a.shares[place] for a in chosen):
                continue
            for rival in rivals:
                names = beaten.setdefault(rival.source, [])
                names += [deal.name] if deal.name not in names else []
            had = "、".join(dict.fromkeys(rival.name for rival in rivals))
            sku_id = quote.lines[place].line.sku_id
            text = f"已享{had}，{deal.name}不叠加"
            lost.append(PassedOver(deal.source, deal.name, sku_id, off_fen, text))
    return [_noted(a, by_source[a.source].name, beaten.get(a.source, [])) for a in chosen], lost


def _takes(quote: Quote, deal: Deal) -> list[tuple[int, int]]:
    """What a deal would take off each line: (place in the quote, fen above zero)."""
    places = [i for i, line in enumerate(quote.lines) if line.line.sku_id in deal.over]
    gain = deal.gain([quote.lines[i] for i in places], quote.freight_fen)
    takes = zip(places, gain.takes, strict=True) if gain else ()
    return [(place, fen) for place, fen in takes if fen > 0]


def _noted(adjustment: Adjustment, name: str, beaten: Sequence[str]) -> Adjustment:
    if not beaten:
        return adjustment
    return replace(adjustment, note=f"已享{name}，{'、'.join(beaten)}不叠加")
