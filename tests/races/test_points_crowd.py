"""Many at once do all that the ledger knows to the points of a few shoppers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.points.ledger import posting
from mall.points.ledger.accounts import Reason
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import expire_batch
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.points import (
    give,
    give_back,
    hold,
    make_due,
    release,
    reverse,
    settle,
    thaw,
)
from tests.support.races import together, without_row_locks
from tests.support.users import make_shopper

CROWD, MOVES, HOLDS = 6, 120, 60
SUMS = """
    SELECT (SELECT sum(available + frozen) FROM points_entries
            WHERE kind = 'adjust' AND available + frozen > 0) AS give,
           (SELECT sum(-available) FROM points_entries
            WHERE kind = 'adjust' AND available < 0) AS take,
           (SELECT sum(-held) FROM points_entries WHERE kind = 'settle') AS settle,
           (SELECT sum(-held) FROM points_entries WHERE kind = 'release') AS release,
           (SELECT sum(available) FROM points_entries WHERE kind = 'return') AS give_back,
           (SELECT sum(available) FROM points_entries WHERE kind = 'thaw') AS thaw,
           (SELECT sum(reversed) FROM points_lots) AS reverse
"""


class Crowd:
    """Three shoppers, whose grants and holds everybody knows. Counts the points of each move."""

    def __init__(self) -> None:
        self.shoppers = sorted(make_shopper()[0] for _ in range(3))
        self.grants = [give(s, 30, frozen=f) for s in self.shoppers for f in (False, True)]
        self.done: Counter[str] = Counter(give=30 * len(self.grants))
        self._lock = threading.Lock()
        self._moves: list[Callable[[Random], int]] = [
            self.give, self.take, self.hold, self.hold, self.settle, self.release,
            self.give_back, self.thaw, self.reverse, self.lapse, self.sweep, self.all_of_them,
        ]  # fmt: skip

    def play(self, seed: int) -> None:
        dice = Random(seed)
        for _ in range(MOVES):
            move = dice.choice(self._moves)
            try:
                points = move(dice)
            except PointsShort:
                continue
            with self._lock:
                self.done[move.__name__] += points

    def give(self, dice: Random) -> int:
        points = dice.randint(1, 20)
        shopper = dice.choice(self.shoppers)
        self.grants.append(
            give(shopper, points, days=dice.randint(1, 9), frozen=dice.random() < 0.3)
        )
        return points

    def all_of_them(self, dice: Random) -> int:
        """Several shoppers in one transaction, in ascending order."""
        points = dice.randint(1, 5)
        with transaction() as session:
            for shopper in self.shoppers:
                reason = Reason("adjust", f"{dice.random()}")
                posting.post(session, shopper, reason, points)
        with self._lock:
            self.done["give"] += points * len(self.shoppers)
        return 0

    def take(self, dice: Random) -> int:
        points = dice.randint(1, 10)
        give(dice.choice(self.shoppers), -points)
        return points

    def hold(self, dice: Random) -> int:
        number = dice.randrange(HOLDS)
        return hold(self.shoppers[number % 3], f"{number}", dice.randint(1, 15))

    def settle(self, dice: Random) -> int:
        return settle(f"{dice.randrange(HOLDS)}")

    def release(self, dice: Random) -> int:
        return release(f"{dice.randrange(HOLDS)}")

    def give_back(self, dice: Random) -> int:
        return give_back(f"{dice.randrange(HOLDS)}", dice.randint(1, 15))

    def thaw(self, dice: Random) -> int:
        return thaw(dice.choice(self.grants))

    def reverse(self, dice: Random) -> int:
        found = reverse(dice.choice(self.grants), Fraction(1, dice.randint(1, 3)))
        return found.taken + found.debt

    def lapse(self, dice: Random) -> int:
        make_due(dice.choice(self.grants))
        return 0

    def sweep(self, _dice: Random) -> int:
        return expire_batch()


def rush(app: Flask) -> tuple[Crowd, list[Any]]:
    """What the crowd did, and what went wrong."""
    crowd = Crowd()
    found = together(app, [partial(crowd.play, seed) for seed in range(CROWD)])
    return crowd, [fault for fault in found if fault is not None]


def test_whatever_they_do_at_once_the_ledger_is_right(app: Flask) -> None:
    crowd, faults = rush(app)
    assert not faults
    sums = db.session.execute(text(SUMS)).mappings().one()
    assert dict(sums) == {name: crowd.done[name] for name in sums}
    assert all(sums.values()), sums
    check_invariants()


def test_control_without_the_account_s_lock(app: Flask) -> None:
    with without_row_locks("points_accounts"):
        _, faults = rush(app)
    assert faults or broken_invariants()
