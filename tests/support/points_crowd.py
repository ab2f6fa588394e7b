"""A crowd that does all that the ledger, tills and lock-ups know to the points of a few shoppers.

`python -m tests.support.points_crowd PLACE COUNT`: so many processes of it at once, forked from one
that has loaded the mall. What they did stands in the output, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from random import Random
from typing import Any

from sqlalchemy import text

from mall.application import create_app
from mall.kernel.db import transaction
from mall.kernel.ledger import Reason
from mall.points.ledger import posting
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import expire_batch
from mall.points.lockups.ending import exit_early, mature_batch
from mall.points.lockups.errors import LockupEnded, LockupMatured
from mall.points.till.errors import (
    TillCodeUnknown,
    TillCodeUsed,
    TillEntryTooOld,
    TillEntryUndone,
)
from mall.points.till.models import GRANT, TAKE
from mall.points.till.undoing import undo
from tests.support.lockups import lock_points, make_offer, time_comes
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
from tests.support.till import Clerk, at_till, code_of, make_clerks
from tests.support.users import make_shopper

ROUNDS, HOLDS = 9, 40
USUALLY = 0.8
"""How often a move picks from what it can change; else from all, so that it meets ended ones."""
REFUSED = (
    PointsShort, TillCodeUnknown, TillCodeUsed, TillEntryUndone, TillEntryTooOld,
    LockupEnded, LockupMatured,
)  # fmt: skip
GRANTS = (
    "SELECT id AS entry_id FROM points_entries WHERE kind = 'adjust' AND available + frozen > 0"
)
FROZEN = "SELECT entry_id FROM points_lots WHERE frozen AND remaining > 0"
_OURS = "SELECT source FROM points_holds WHERE source ~ '^[0-9]+$'"  # not of a lock or a till
HELD = f"{_OURS} AND status = 'held'"
SPENT = f"{_OURS} AND status = 'settled' AND returned < points"
TILLS = "SELECT id, direction, points FROM till_entries"
STANDING = f"{TILLS} WHERE undone_at IS NULL"
LOCKS = "SELECT id, user_id, points FROM lockups"
RUNNING = f"{LOCKS} WHERE status = 'running'"


@dataclass(frozen=True)
class Place:
    """Who and what everybody in the crowd knows."""

    shoppers: list[int]
    staff_id: int
    point_id: int
    offer_id: int


def open_place() -> tuple[Place, int]:
    """Three shoppers with some points, a till, an offer of lock-ups; how many points."""
    shoppers = sorted(make_shopper()[0] for _ in range(3))
    for shopper in shoppers:
        give(shopper, 30)
        give(shopper, 30, frozen=True)
    (clerk,) = make_clerks(1)
    offer_id = make_offer(rate_bp=5_000, min_points=2, per_shopper=1_000, budget=1_000_000)
    return Place(shoppers, clerk.staff_id, clerk.point_id, offer_id), 60 * len(shoppers)


class Crowd:
    """Those who play in one process. Counts the points of each move that wasn't refused."""

    def __init__(self, place: Place) -> None:
        self.shoppers, self.offer_id = place.shoppers, place.offer_id
        self.clerk = Clerk(place.staff_id, "", place.point_id)
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._moves: list[Callable[[Random], None]] = [
            self.give, self.take, self.hold, self.hold, self.settle, self.release,
            self.give_back, self.thaw, self.reverse, self.lapse, self.sweep, self.all_of_them,
            self.till_grant, self.till_take, self.till_undo, self.lock, self.exit, self.mature,
        ]  # fmt: skip

    def play(self, seed: int) -> None:
        """Rounds of all moves, each time in another order."""
        dice = Random(seed)
        for _ in range(ROUNDS):
            for move in dice.sample(self._moves, len(self._moves)):
                with suppress(*REFUSED):
                    move(dice)

    # The ledger

    def give(self, dice: Random) -> None:
        points, frozen = dice.randint(1, 20), dice.random() < 0.3
        days, source = dice.randint(1, 9), f"{dice.random()}"
        give(dice.choice(self.shoppers), points, source=source, days=days, frozen=frozen)
        self._did("give", points)

    def all_of_them(self, dice: Random) -> None:
        """Several shoppers in one transaction, in ascending order."""
        points = dice.randint(1, 5)
        with transaction() as session:
            for shopper in self.shoppers:
                posting.post(session, shopper, Reason("adjust", f"{dice.random()}"), points)
        self._did("give", points * len(self.shoppers))

    def take(self, dice: Random) -> None:
        points = dice.randint(1, 10)
        give(dice.choice(self.shoppers), -points, source=f"{dice.random()}")
        self._did("take", points)

    def hold(self, dice: Random) -> None:
        number = dice.randrange(HOLDS)
        hold(self.shoppers[number % 3], f"{number}", dice.randint(1, 15))

    def settle(self, dice: Random) -> None:
        self._did("settle", settle(_hold_of(HELD, dice)))

    def release(self, dice: Random) -> None:
        self._did("release", release(_hold_of(HELD, dice)))

    def give_back(self, dice: Random) -> None:
        self._did("give_back", give_back(_hold_of(SPENT, dice), dice.randint(1, 15)))

    def thaw(self, dice: Random) -> None:
        self._did("thaw", thaw(_usually(FROZEN, GRANTS, dice).entry_id))

    def reverse(self, dice: Random) -> None:
        found = reverse(_one_of(GRANTS, dice).entry_id, Fraction(1, dice.randint(1, 3)))
        self._did("reverse", found.taken + found.debt)

    def lapse(self, dice: Random) -> None:
        make_due(_one_of(GRANTS, dice).entry_id)

    def sweep(self, _dice: Random) -> None:
        expire_batch()

    # The till

    def till_grant(self, dice: Random) -> None:
        points = dice.randint(1, 20)
        at_till(self.clerk, GRANT, code_of(dice.choice(self.shoppers)), points)
        self._did("till_grant", points)

    def till_take(self, dice: Random) -> None:
        points = dice.randint(1, 10)
        at_till(self.clerk, TAKE, code_of(dice.choice(self.shoppers)), points)
        self._did("till_take", points)

    def till_undo(self, dice: Random) -> None:
        entry = _usually(STANDING, TILLS, dice)
        if entry is not None:
            undo(self.clerk.staff_id, entry.id, "x")
            self._did("till_undo" if entry.direction == TAKE else "reverse", entry.points)

    # Lock-ups

    def lock(self, dice: Random) -> None:
        points = dice.randint(2, 10)
        lock_points(dice.choice(self.shoppers), self.offer_id, points)
        self._did("lock", points)

    def exit(self, dice: Random) -> None:
        locked = _usually(RUNNING, LOCKS, dice)
        if locked is not None:
            exit_early(locked.user_id, locked.id)
            self._did("exit", locked.points)

    def mature(self, dice: Random) -> None:
        due = [_usually(RUNNING, LOCKS, dice) for _ in range(3)]
        time_comes(*sorted({one.id for one in due if one is not None}))
        failed: set[int] = set()
        self._did("matured", mature_batch(failed))
        assert not failed

    def _did(self, what: str, points: int) -> None:
        with self._lock:
            self.done[what] += points


def _one_of(rows: str, dice: Random) -> Any:
    """One of the rows that there are by now; None when there is none."""
    with transaction() as session:
        found = session.execute(text(rows)).all()
    return dice.choice(found) if found else None


def _usually(open_ones: str, all_of_them: str, dice: Random) -> Any:
    """Usually one of the open ones: some must be met, however the crowd runs."""
    found = _one_of(open_ones, dice) if dice.random() < USUALLY else None
    return found or _one_of(all_of_them, dice)


def _hold_of(open_ones: str, dice: Random) -> str:
    """The source of a hold, usually of an open one."""
    found = _one_of(open_ones, dice) if dice.random() < USUALLY else None
    return str(found.source) if found else f"{dice.randrange(HOLDS)}"


def main(place: str, count: int) -> None:
    app = create_app()
    gate, opened = os.pipe()
    reports = []
    for seed in range(count):
        report, told = os.pipe()
        if os.fork() == 0:
            os.close(opened)
            os.read(gate, 1)  # until the last writer closes it
            with app.app_context():
                crowd = Crowd(Place(**json.loads(place)))
                crowd.play(seed)
            os.write(told, json.dumps(crowd.done).encode())
            os._exit(0)
        os.close(told)
        reports.append(report)
    os.close(opened)
    done: Counter[str] = Counter()
    for report in reports:
        with open(report) as stream:
            done.update(json.load(stream))  # nothing to read of one that failed: a fault here, too
    sys.stdout.write(json.dumps(done))


def as_argument(place: Place) -> str:
    return json.dumps(asdict(place))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
