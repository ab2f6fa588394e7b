"""How many points money earns. Pure; amounts in fen, rates in points for 100 yuan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WHOLE_BP = 10_000
UNIT_FEN = 100_000_000
"""A line's own rate is in points for a million yuan: a rate for 100 yuan times a multiple in bp."""
EarningLine = tuple[int, int]
"""(the line's rate, what was paid for it)."""


@dataclass(frozen=True, slots=True)
class Day:
    """Shop days, both included, on which everything earns a multiple."""

    name: str
    first_day: date
    last_day: date
    multiple_bp: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of one version. A SKU's rate counts before its category's, the nearest category
    of the tree before those above it, and the default last."""

    version: int
    default_rate: int
    categories: Mapping[int, int]
    skus: Mapping[int, int]
    days: Sequence[Day]

    def rate(self, sku_id: int, path: str) -> int:
        """The rate of a SKU whose category stands at `path` ("/1/5/")."""
        if sku_id in self.skus:
            return self.skus[sku_id]
        nearest = (int(part) for part in reversed(path.strip("/").split("/")) if part)
        return next(
            (self.categories[i] for i in nearest if i in self.categories), self.default_rate
        )

    def multiple_bp(self, day: date) -> int:
        """What a shop day multiplies all rates by."""
        found = (one.multiple_bp for one in self.days if one.first_day <= day <= one.last_day)
        return next(found, WHOLE_BP)

    def line_rate(self, sku_id: int, path: str, day: date, per_yuan: int) -> int:
        """A line's rate on a day, in points for a million yuan.

        Points never become worth as much as the money that earns them, also when
        `points.per_yuan` was lowered after the plan was made.
        """
        rate = self.rate(sku_id, path) * self.multiple_bp(day)
        return min(rate, per_yuan * UNIT_FEN // 100 - 1)

    def worth_bp(self, per_yuan: int) -> int:
        """The most that one yuan earns, as a part of that yuan, rounded up."""
        rate = max((self.default_rate, *self.categories.values(), *self.skus.values()))
        multiple_bp = max((WHOLE_BP, *(one.multiple_bp for one in self.days)))
        return -(-rate * multiple_bp // (100 * per_yuan))


def plan_of(
    version: int,
    default_rate: int,
    categories: Mapping[str, int],
    skus: Mapping[str, int],
    days: Sequence[Mapping[str, Any]],
) -> Plan:
    """A plan of what is stored of it."""
    return Plan(
        version,
        default_rate,
        {int(key): rate for key, rate in categories.items()},
        {int(key): rate for key, rate in skus.items()},
        [
            Day(
                one["name"],
                date.fromisoformat(one["first_day"]),
                date.fromisoformat(one["last_day"]),
                one["multiple_bp"],
            )
            for one in days
        ],
    )


def earned(lines: Iterable[EarningLine]) -> int:
    """The points of all lines together, rounded down once."""
    return sum(rate * fen for rate, fen in lines) // UNIT_FEN
