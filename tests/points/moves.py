"""What may happen to points, and the dice that say what does."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

HOURS = ("00:00:00", "12:00:00", "23:59:59.9")


def share(dice: Random) -> Fraction:
    return Fraction(1, dice.choice([1, 1, 2, 3, 4]))


def days(dice: Random) -> int | None:
    """From today on; None never ends."""
    return dice.choice([None, 0, 1, dice.randint(2, 9)])


def pick(dice: Random) -> int:
    return dice.randrange(100)


def few(dice: Random) -> int:
    return dice.randint(1, 12)


def many(dice: Random) -> int:
    return dice.randint(6, 30)


def name(dice: Random) -> int:
    return dice.randrange(30)


def maybe(dice: Random) -> bool:
    return dice.random() < 0.5


# What may happen: the name of a method, and what it is called with.
MOVES: list[tuple[str, tuple[Callable[[Random], Any], ...]]] = [
    ("give", (name, many, days, maybe)),
    ("give", (name, many, days, maybe)),
    ("reward", (many,)),
    ("thaw", (pick, days)),
    ("take", (name, few)),
    ("hold", (name, few)),
    ("hold", (name, few)),
    ("settle", (pick,)),
    ("settle", (pick,)),
    ("release", (pick,)),
    ("give_back", (pick, few)),
    ("reverse", (pick, share)),
    ("reverse", (pick, share)),
    ("take_reward_back", (pick, few)),
    ("time_passes", (lambda dice: dice.randrange(4), lambda dice: dice.choice(HOURS), maybe)),
    ("leave", (lambda dice: dice.randrange(12),)),
]
