"""Deals: rules that compete. Inside a lane the best set that may go together is chosen.

A deal is measured against what the lanes before its own left to pay, never against its
rivals, so what it is worth doesn't depend on who else is chosen; a line merely can't go
below zero. Whether two deals go together is data: they do unless one refuses the other
*and* both take from the same line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mall.pricing.benefits import Benefit, Gain
from mall.pricing.quote import Adjustment, Hint, Lane, Quote, QuoteLine

MAX_STEPS = 4_000
"""Of the search in one group of deals that touch each other. Beyond it the best found
stays; it is never worse than the best single deal."""


@dataclass(frozen=True, slots=True)
class Stacking:
    """With whom a deal goes together on the same goods.

    Offers of one `group` exclude each other. `with_groups` are the groups that it accepts:
    None is everybody, empty is nobody. Both sides must accept.
    """

    group: str | None = None
    with_groups: frozenset[str] | None = frozenset()

    def goes_with(self, other: Stacking) -> bool:
        if self.group is not None and self.group == other.group:
            return False
        return self._accepts(other) and other._accepts(self)

    def _accepts(self, other: Stacking) -> bool:
        return self.with_groups is None or other.group in self.with_groups

    @property
    def words(self) -> str:
        """As staff and shoppers read it."""
        same = f"与同组「{self.group}」的优惠取最优，" if self.group else ""
        if self.with_groups is None:
            return f"{same}可与其他优惠同享" if same else "可与其他优惠同享"
        if not self.with_groups:
            return "同一商品不与其他同类优惠同享"
        return f"{same}可与「{'」「'.join(sorted(self.with_groups))}」同享"


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
        return best(quote, self.lane, [self])[0]

    def places(self, quote: Quote) -> list[int]:
        """Where its lines stand in the quote, in the order of their SKU ids."""
        found = (i for i, x in enumerate(quote.lines) if x.line.sku_id in self.over)
        return sorted(found, key=lambda i: quote.lines[i].line.sku_id)

    def gain(self, lines: Sequence[QuoteLine], freight_fen: int) -> Gain | None:
        gain = self.benefit.gain(lines, freight_fen) if lines else None
        if gain is None or sum(gain.takes) <= 0:
            return None
        if self.at_most_fen is not None and sum(gain.takes) > self.at_most_fen:
            return None
        return gain


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A deal, or one line of a deal that goes line by line: fen by place."""

    deal: Deal
    words: str
    takes: tuple[tuple[int, int], ...]
    places: frozenset[int]

    @property
    def worth(self) -> int:
        return sum(fen for _, fen in self.takes)

    def goes_with(self, other: _Candidate) -> bool:
        return (
            self.deal.source == other.deal.source
            or self.deal.stacking.goes_with(other.deal.stacking)
            or self.places.isdisjoint(other.places)
        )


def best(quote: Quote, lane: Lane, deals: Sequence[Deal]) -> tuple[list[Adjustment], list[Hint]]:
    """The adjustments of the best set of `deals` (all of `lane`), one a deal; the hints.

    The goods keep at least one fen in all: nothing becomes free by discounts.
    """
    capacities = _capacities(quote, lane)
    candidates = [c for deal in deals for c in _candidates(quote, lane, deal)]
    chosen = [
        candidate for group in _touching(candidates) for candidate in _best_of(group, capacities)
    ]
    taken = _adjustments(lane, chosen, capacities, quote)
    return taken, _hints(quote, deals, taken)


def _hints(quote: Quote, deals: Sequence[Deal], chosen: Sequence[Adjustment]) -> list[Hint]:
    """The next step of each deal that the shopper could still gain by."""
    taken = {adjustment.source: adjustment for adjustment in chosen}
    by_source = {deal.source: deal for deal in deals}
    found = []
    for deal in sorted(deals, key=lambda deal: deal.source):
        lines = [quote.lines[i] for i in deal.places(quote)]
        step = deal.benefit.next_step(lines, quote.freight_fen) if lines else None
        if step is None:
            continue
        rivals = [
            -adjustment.amount_fen
            for source, adjustment in taken.items()
            if source != deal.source
            and not deal.stacking.goes_with(by_source[source].stacking)
            and not deal.over.isdisjoint(by_source[source].over)
        ]
        gain = step.gain_fen
        if rivals and (gain is None or gain <= sum(rivals)):
            continue
        if gain is not None and deal.at_most_fen is not None and gain > deal.at_most_fen:
            continue
        found.append(Hint(deal.source, deal.name, step.words, step.short_fen, step.short_units))
    return found


def _capacities(quote: Quote, lane: Lane) -> list[int]:
    if lane is Lane.FREIGHT:
        return [quote.freight_fen]
    return [line.payable_fen for line in quote.lines]


def _candidates(quote: Quote, lane: Lane, deal: Deal) -> list[_Candidate]:
    places = deal.places(quote)
    gain = deal.gain([quote.lines[i] for i in places], quote.freight_fen)
    if gain is None:
        return []
    into = [0] if lane is Lane.FREIGHT else places
    takes = tuple((i, fen) for i, fen in zip(into, gain.takes, strict=True) if fen > 0)
    parts = [(take,) for take in takes] if deal.benefit.by_line else [takes]
    return [
        _Candidate(deal, gain.words, part, frozenset(place for place, _ in part)) for part in parts
    ]


def _touching(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Candidates in groups of which no two take from the same place."""
    groups: list[tuple[frozenset[int], list[_Candidate]]] = []
    for candidate in candidates:
        places, members = candidate.places, [candidate]
        apart = []
        for group in groups:
            if group[0].isdisjoint(places):
                apart.append(group)
            else:
                places |= group[0]
                members = group[1] + members
        groups = [*apart, (places, members)]
    return [members for _, members in groups]


def _best_of(group: list[_Candidate], capacities: Sequence[int]) -> list[_Candidate]:
    """The set that takes most, by branch and bound: heavy ones first, ties by source."""
    if len(group) == 1:
        return group
    search = _Search(_worth_trying(group), capacities)
    search.walk(0, (1 << len(search.group)) - 1, [], 0)
    return search.best


def _worth_trying(group: list[_Candidate]) -> list[_Candidate]:
    """Heaviest first, less those that give nowhere more than one with the same rules."""
    heaviest: dict[tuple[Stacking, frozenset[int]], _Candidate] = {}
    kept = []
    for candidate in sorted(group, key=lambda c: (-c.worth, c.deal.source)):
        stacking = candidate.deal.stacking
        if not stacking.goes_with(stacking):
            better = heaviest.setdefault((stacking, candidate.places), candidate)
            pairs = zip(better.takes, candidate.takes, strict=True)
            if better is not candidate and all(more[1] >= less[1] for more, less in pairs):
                continue
        kept.append(candidate)
    return kept


class _Search:
    """What is still allowed is a set of bits. The bound: of each clique of candidates that
    all exclude each other one can be chosen at most, and no line gives more than it costs."""

    def __init__(self, group: list[_Candidate], capacities: Sequence[int]) -> None:
        self.group = group
        self.left = dict(enumerate(capacities))
        self.places = set().union(*(candidate.places for candidate in group))
        self.worth = [candidate.worth for candidate in group]
        self.allowed_with = [_mask(a.goes_with(b) for b in group) for a in group]
        self.clique = self._cliques()
        self.best: list[_Candidate] = []
        self.best_fen = 0
        self.steps = 0

    def _cliques(self) -> list[int]:
        cliques: list[int] = []
        found = []
        for i, allowed in enumerate(self.allowed_with):
            mine = next((n for n, members in enumerate(cliques) if not members & allowed), None)
            if mine is None:
                mine = len(cliques)
                cliques.append(0)
            cliques[mine] |= 1 << i
            found.append(mine)
        return found

    def walk(self, i: int, allowed: int, chosen: list[_Candidate], fen: int) -> None:
        if fen > self.best_fen:
            self.best_fen, self.best = fen, list(chosen)
        while i < len(self.group) and not allowed >> i & 1:
            i += 1
        self.steps += 1
        if i == len(self.group) or self.steps > MAX_STEPS:
            return
        if fen + self._ahead(i, allowed) <= self.best_fen:
            return
        candidate = self.group[i]
        taken = [(place, min(more, self.left[place])) for place, more in candidate.takes]
        for place, part in taken:
            self.left[place] -= part
        more = fen + sum(part for _, part in taken)
        self.walk(i + 1, allowed & self.allowed_with[i], [*chosen, candidate], more)
        for place, part in taken:
            self.left[place] += part
        self.walk(i + 1, allowed, chosen, fen)

    def _ahead(self, i: int, allowed: int) -> int:
        seen = total = 0
        for j in range(i, len(self.group)):
            clique = 1 << self.clique[j]
            if allowed >> j & 1 and not seen & clique:
                seen |= clique
                total += self.worth[j]  # the heaviest of its clique: they are sorted
        return min(total, sum(self.left[place] for place in self.places))


def _mask(bits: Iterable[bool]) -> int:
    return sum(1 << i for i, bit in enumerate(bits) if bit)


def _adjustments(
    lane: Lane, chosen: Sequence[_Candidate], capacities: Sequence[int], quote: Quote
) -> list[Adjustment]:
    left = list(capacities)
    spare = sum(left) if lane is Lane.FREIGHT else sum(left) - 1
    by_source: dict[str, list[_Candidate]] = {}
    for candidate in sorted(chosen, key=lambda c: c.deal.source):
        by_source.setdefault(candidate.deal.source, []).append(candidate)
    found = []
    for source, parts in by_source.items():
        shares = [0] * len(left)
        takes = sorted(take for part in parts for take in part.takes)
        for place, fen in sorted(takes, key=lambda take: _by_sku(quote, lane, take[0])):
            part_fen = min(fen, left[place], spare)
            left[place] -= part_fen
            spare -= part_fen
            shares[place] -= part_fen
        if sum(shares) == 0:
            continue
        deal = parts[0].deal
        found.append(
            Adjustment(
                lane,
                source,
                f"{deal.name}（{parts[0].words}）",
                sum(shares),
                () if lane is Lane.FREIGHT else tuple(shares),
                deal.stacking.words,
            )
        )
    return found


def _by_sku(quote: Quote, lane: Lane, place: int) -> int:
    return 0 if lane is Lane.FREIGHT else quote.lines[place].line.sku_id
