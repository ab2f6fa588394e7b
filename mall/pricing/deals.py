"""Deals: rules that compete. Inside a lane the best set that may go together is chosen.

A deal is measured against what the lanes before its own left to pay, never against its
rivals, so what it is worth doesn't depend on who else is chosen; a line merely can't go
below zero. Whether two deals go together is data: they do unless one refuses the other
*and* both are about the same line. A gift is worth its price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mall.pricing.benefits import Benefit, Gain
from mall.pricing.choosing import Candidate, Stacking, best_set, by_age
from mall.pricing.gifts import GiftBenefit
from mall.pricing.quote import Adjustment, Gift, Hint, Lane, Quote, QuoteLine, spare_fen


@dataclass(frozen=True, slots=True)
class Deal:
    """A rule that competes with the others of its lane.

    `over` are the SKUs that it is for. One that would take more than `at_most_fen` (what is
    left of a budget) isn't made.
    """

    lane: Lane
    source: str
    name: str
    benefit: Benefit
    over: frozenset[int]
    stacking: Stacking
    at_most_fen: int | None = None

    def adjust(self, quote: Quote) -> list[Adjustment]:
        """What it gives when it is alone."""
        return best(quote, self.lane, [self]).adjustments

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        gain = self.benefit.gain(lines, freight_fen) if lines else None
        if gain is None or gain.worth_fen <= 0:
            return None
        if self.at_most_fen is not None and gain.worth_fen > self.at_most_fen:
            return None
        return gain

    def label(self, gain: Gain) -> str:
        return f"{self.name}（{gain.description}）" if gain.description else self.name


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the best set of deals does to a quote, and what is to be said of them.

    `offered` is all that there was to choose from, in the order of the deals.
    """

    offered: Sequence[Candidate]
    adjustments: list[Adjustment]
    gifts: list[Gift]
    hints: list[Hint]
    notices: list[str]


def best(quote: Quote, lane: Lane, deals: Sequence[Deal]) -> Chosen:
    """What the best set of `deals` (all of `lane`) gives, one adjustment or gift a deal.

    The goods keep their last fen (`spare_fen`): nothing becomes free by discounts.
    """
    places_of = _places(quote, deals)
    capacities = _capacities(quote, lane)
    rooms = dict(enumerate(capacities))
    gains: dict[str, tuple[Deal, Gain]] = {}
    candidates: list[Candidate] = []
    for room, deal in enumerate(deals, start=len(capacities)):
        places = places_of[deal.over]
        gain = deal.gain([quote.lines[i] for i in places], quote.freight_fen)
        if gain is None:
            continue
        gains[deal.source] = deal, gain
        if gain.gift is not None:  # it takes from a line that isn't there yet
            rooms[room] = gain.worth_fen
            takes = ((room, gain.worth_fen),)
            candidates.append(
                Candidate(deal.source, deal.stacking, takes, frozenset({room, *places}))
            )
        else:
            candidates += _candidates(deal, gain, [0] if lane is Lane.FREIGHT else places)
    chosen = best_set(candidates, rooms)
    taken = _adjustments(lane, chosen, gains, capacities, quote)
    gifts = _gifts(chosen, gains)
    lines_of = {over: [quote.lines[i] for i in places] for over, places in places_of.items()}
    older_first = sorted(deals, key=lambda deal: by_age(deal.source))
    hints = _hints(quote.freight_fen, older_first, lines_of, taken, gifts)
    return Chosen(candidates, taken, gifts, hints, _notices(older_first, lines_of, gifts))


LinesOf = Mapping[frozenset[int], Sequence[QuoteLine]]
"""The lines that a deal is for, by its `over`: many deals are for the same."""


def _places(quote: Quote, deals: Sequence[Deal]) -> dict[frozenset[int], list[int]]:
    """Where each deal's lines stand in the quote, in the order of their SKU ids."""
    skus = [line.line.sku_id for line in quote.lines]
    order = sorted(range(len(skus)), key=skus.__getitem__)
    return {over: [i for i in order if skus[i] in over] for over in {deal.over for deal in deals}}


def _hints(
    freight_fen: int,
    deals: Sequence[Deal],
    lines_of: LinesOf,
    chosen: Sequence[Adjustment],
    gifts: Sequence[Gift],
) -> list[Hint]:
    """The next step of each deal that the shopper could still gain by."""
    taken = {adjustment.source: -adjustment.amount_fen for adjustment in chosen}
    taken |= {gift.source: gift.worth_fen for gift in gifts}
    by_source = {deal.source: deal for deal in deals}
    found = []
    for deal in deals:
        lines = lines_of[deal.over]
        step = deal.benefit.next_step(lines, freight_fen) if lines else None
        if step is None:
            continue
        rivals = [
            fen
            for source, fen in taken.items()
            if source != deal.source
            and not deal.stacking.goes_with(by_source[source].stacking)
            and not deal.over.isdisjoint(by_source[source].over)
        ]
        gain = step.gain_fen
        if rivals and (gain is None or gain <= sum(rivals)):
            continue
        if gain is not None and deal.at_most_fen is not None and gain > deal.at_most_fen:
            continue
        found.append(
            Hint(deal.source, deal.name, step.description, step.short_fen, step.short_units)
        )
    return found


def _capacities(quote: Quote, lane: Lane) -> list[int]:
    if lane is Lane.FREIGHT:
        return [quote.freight_fen]
    return [line.payable_fen for line in quote.lines]


def _candidates(deal: Deal, gain: Gain, into: Sequence[int]) -> list[Candidate]:
    takes = tuple((i, fen) for i, fen in zip(into, gain.takes, strict=True) if fen > 0)
    parts = [(take,) for take in takes] if deal.benefit.by_line else [takes]
    return [
        Candidate(deal.source, deal.stacking, part, frozenset(place for place, _ in part))
        for part in parts
    ]


def _adjustments(
    lane: Lane,
    chosen: Iterable[Candidate],
    gains: Mapping[str, tuple[Deal, Gain]],
    capacities: Sequence[int],
    quote: Quote,
) -> list[Adjustment]:
    left = list(capacities)
    spare = sum(left) if lane is Lane.FREIGHT else spare_fen(quote.lines, quote.context.kept_fen)
    by_source: dict[str, list[tuple[int, int]]] = {}
    for candidate in sorted(chosen, key=lambda c: by_age(c.source)):
        if gains[candidate.source][1].gift is None:
            by_source.setdefault(candidate.source, []).extend(candidate.takes)
    found = []
    for source, takes in by_source.items():
        shares = [0] * len(left)
        for place, fen in sorted(takes, key=lambda take: _by_sku(quote, lane, take[0])):
            part_fen = min(fen, left[place], spare)
            left[place] -= part_fen
            spare -= part_fen
            shares[place] -= part_fen
        if sum(shares) == 0:
            continue
        deal, gain = gains[source]
        found.append(
            Adjustment(
                lane,
                source,
                deal.label(gain),
                sum(shares),
                () if lane is Lane.FREIGHT else tuple(shares),
                deal.stacking.description,
            )
        )
    return found


def _by_sku(quote: Quote, lane: Lane, place: int) -> int:
    return 0 if lane is Lane.FREIGHT else quote.lines[place].line.sku_id


def _gifts(chosen: Iterable[Candidate], gains: Mapping[str, tuple[Deal, Gain]]) -> list[Gift]:
    """The gifts of the chosen. Two deals that give the same SKU share what is on the shelf."""
    given: Counter[int] = Counter()
    found = []
    for source in sorted((candidate.source for candidate in chosen), key=by_age):
        deal, gain = gains[source]
        if gain.gift is None or not isinstance(deal.benefit, GiftBenefit):
            continue
        sku_id = gain.gift.sku_id
        units = min(gain.gift.quantity, deal.benefit.on_shelf - given[sku_id])
        if units <= 0:
            continue
        given[sku_id] += units
        found.append(
            Gift(
                replace(gain.gift, quantity=units),
                source,
                deal.label(gain),
                deal.stacking.description,
                deal.over,
                deal.benefit.rule,
            )
        )
    return found


def _notices(deals: Sequence[Deal], lines_of: LinesOf, gifts: Sequence[Gift]) -> list[str]:
    """What the shopper earned and can't have, since too few are left."""
    given = {gift.source: gift.line.quantity for gift in gifts}
    found = []
    for deal in deals:
        if isinstance(deal.benefit, GiftBenefit):
            shortage = deal.benefit.shortage(lines_of[deal.over], given.get(deal.source, 0))
            if shortage:
                found.append(f"{deal.name}：{shortage}")
    return found
