"""The best set of candidates that may go together: branch and bound on plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    def description(self) -> str:
        """As staff and shoppers read it."""
        same = f"同一商品上与同组「{self.group}」的优惠取最优，" if self.group else ""
        if self.with_groups is None:
            return f"{same}可与其他优惠同享" if same else "可与其他优惠同享"
        if not self.with_groups:
            return "同一商品不与其他同类优惠同享"
        return f"{same}可与「{'」「'.join(sorted(self.with_groups))}」同享"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be chosen whole or not at all: fen by place.

    `places` are the lines that it is about: two that refuse each other may not share any.
    """

    source: str
    stacking: Stacking
    takes: tuple[tuple[int, int], ...]
    places: frozenset[int]

    @property
    def worth(self) -> int:
        return sum(fen for _, fen in self.takes)

    def goes_with(self, other: Candidate) -> bool:
        return (
            self.source == other.source
            or self.stacking.goes_with(other.stacking)
            or self.places.isdisjoint(other.places)
        )


def by_age(source: str) -> tuple[str, int, str]:
    """Sorts the sources of a kind by their number: promotion:9 is older than promotion:10."""
    kind, _, number = source.partition(":")
    return kind, len(number), number


def best_set(candidates: Sequence[Candidate], capacities: Mapping[int, int]) -> list[Candidate]:
    """Those that together take most; no place gives more than its capacity (fen by place)."""
    return [one for group in _touching(candidates) for one in _best_of(group, capacities)]


def _touching(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates in groups of which no two take from the same place."""
    groups: list[tuple[frozenset[int], list[Candidate]]] = []
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


def _best_of(group: list[Candidate], capacities: Mapping[int, int]) -> list[Candidate]:
    """The set that takes most, by branch and bound: heavy ones first, of equals the older."""
    if len(group) == 1:
        return group
    search = _Search(_worth_trying(group), capacities)
    search.walk(0, (1 << len(search.group)) - 1, [], 0)
    return search.best


def _worth_trying(group: list[Candidate]) -> list[Candidate]:
    """Heaviest first, less those that give nowhere more than one with the same rules."""
    heaviest: dict[tuple[Stacking, frozenset[int]], Candidate] = {}
    kept = []
    for candidate in sorted(group, key=lambda c: (-c.worth, by_age(c.source))):
        stacking = candidate.stacking
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

    def __init__(self, group: list[Candidate], capacities: Mapping[int, int]) -> None:
        self.group = group
        self.left = dict(capacities)
        self.places = set().union(*(candidate.places for candidate in group))
        self.worth = [candidate.worth for candidate in group]
        self.allowed_with = [_mask(a.goes_with(b) for b in group) for a in group]
        self.clique = self._cliques()
        self.best: list[Candidate] = []
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

    def walk(self, i: int, allowed: int, chosen: list[Candidate], fen: int) -> None:
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
