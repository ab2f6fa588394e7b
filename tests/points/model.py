"""The points of one shopper, told plainly: what the ledger must do, without a database.

Days are whole numbers: what expires on day 5 can be used on day 5, and no longer on day 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction

NEVER = 10**9
RETURNED_DAYS = 7


class TooFew(Exception):
    """There are fewer available points than were asked for."""


@dataclass
class Lot:
    """A grant: what is left of it, undone of it, and gone unspent and unmet by a reversal."""

    granted: int
    left: int
    frozen: bool
    last_day: int
    undone: int = 0
    lost: int = 0


@dataclass
class Hold:
    """Points of lots (by the lots' numbers), reserved or spent."""

    points: int
    parts: dict[int, int]
    status: str = "held"
    returned: int = 0


@dataclass
class Book:
    """All of one shopper."""

    today: int = 0
    lots: list[Lot] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    debt: int = 0
    sources: dict[str, int | None] = field(default_factory=dict)
    closed: bool = False

    @property
    def available(self) -> int:
        return sum(lot.left for lot in self.lots if not lot.frozen)

    @property
    def figures(self) -> tuple[int, int, int, int]:
        """Available, frozen, held, debt."""
        frozen = sum(lot.left for lot in self.lots if lot.frozen)
        held = sum(hold.points for hold in self.holds.values() if hold.status == "held")
        return self.available, frozen, held, self.debt

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What is refused has changed nothing."""
        before = deepcopy(self.__dict__)
        try:
            yield
        except TooFew:
            self.__dict__.update(before)
            raise

    def give(self, source: str, points: int, last_day: int, *, frozen: bool) -> None:
        """A grant; the same source gives once."""
        if source not in self.sources:
            self.lots.append(Lot(points, points, frozen, last_day))
            self.sources[source] = len(self.lots) - 1
            self.pay()

    def take(self, source: str, points: int) -> None:
        """Spend at once."""
        if source in self.sources:
            return
        with self.all_or_nothing():
            self.expire()
            self._eat(points)
            self.sources[source] = None

    def hold(self, source: str, points: int) -> None:
        if source in self.holds:
            return
        with self.all_or_nothing():
            self.expire()
            self.holds[source] = Hold(points, self._eat(points))

    def settle(self, source: str) -> int:
        return self._end(source, "settled")

    def release(self, source: str) -> int:
        released = self._end(source, "released")
        if released:
            self._bring_back(self.holds[source], released)
        return released

    def give_back(self, source: str, in_all: int) -> int:
        """Of what was spent so much has come back; how much did now."""
        hold = self.holds.get(source)
        if hold is None or hold.status != "settled":
            return 0
        back = max(0, min(in_all, hold.points) - hold.returned)
        if back:
            hold.returned += back
            self._bring_back(hold, back)
        return back

    def thaw(self, number: int, last_day: int) -> int:
        lot = self.lots[number]
        if not lot.frozen:
            return 0
        thawed = lot.left
        lot.frozen, lot.last_day = False, last_day
        self.pay()
        return thawed

    def undo(self, number: int, share: Fraction) -> tuple[int, int]:
        """So much of a grant is undone in all: what came back now, what is owed now."""
        lot = self.lots[number]
        return self.undo_more(number, int(lot.granted * share) - lot.undone)

    def undo_more(self, number: int, points: int) -> tuple[int, int]:
        """So many more points of a grant are undone."""
        if points <= 0:
            return 0, 0
        self.expire()
        lot = self.lots[number]
        lot.undone += points
        own = min(lot.left, points)
        lot.left -= own
        lost = min(lot.lost, points - own)
        lot.lost -= lost
        others = min(self.available, points - own - lost)
        self._eat(others)
        owed = points - own - lost - others
        self.debt += owed
        return points - owed, owed

    def pay(self) -> None:
        """Who owes has nothing to spend."""
        paid = min(self.debt, self.available)
        self.debt -= paid
        self._eat(paid)

    def expire(self) -> None:
        for lot in self.lots:
            if not lot.frozen and lot.last_day < self.today:
                lot.lost += lot.left
                lot.left = 0

    def close(self) -> None:
        """The shopper leaves: all is lost, also what comes back later."""
        self.closed = True
        self._forfeit()

    def _forfeit(self) -> None:
        for lot in self.lots:
            lot.lost += lot.left
            lot.left = 0

    def _eat(self, points: int) -> dict[int, int]:
        """Take points from what expires first, what was given first: how many of which lot."""
        if points > self.available:
            raise TooFew
        eaten: dict[int, int] = {}
        for number in sorted(range(len(self.lots)), key=lambda n: (self.lots[n].last_day, n)):
            lot = self.lots[number]
            part = 0 if lot.frozen else min(lot.left, points)
            if part:
                lot.left -= part
                points -= part
                eaten[number] = part
        return eaten

    def _end(self, source: str, status: str) -> int:
        hold = self.holds.get(source)
        if hold is None or hold.status != "held":
            return 0
        hold.status = status
        return hold.points

    def _bring_back(self, hold: Hold, points: int) -> None:
        """To the lots that they are from, first to those that expire last."""
        self.expire()
        for number in sorted(hold.parts, key=lambda n: (self.lots[n].last_day, n), reverse=True):
            lot, part = self.lots[number], min(points, hold.parts[number])
            if part:
                hold.parts[number] -= part
                points -= part
                lot.left += part
                if lot.last_day < self.today:
                    lot.last_day = self.today + RETURNED_DAYS
        self.pay()
        if self.closed:
            self._forfeit()
