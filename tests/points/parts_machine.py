"""The ledger with tills and lock-ups in between, beside the model, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mall.kernel.clock import day_start
from mall.kernel.db import transaction
from mall.kernel.ledger import Reason
from mall.points.ledger.accounts import entry_of
from mall.points.ledger.errors import AccountClosed, PointsShort
from mall.points.ledger.kinds import LOCK_GAIN, TILL_GRANT
from mall.points.lockups.ending import end_all_of, exit_early
from mall.points.lockups.errors import LockupEnded, LockupMatured
from mall.points.lockups.jobs import end_lockups
from mall.points.lockups.locking import lock
from mall.points.settings import VALID_DAYS
from mall.points.till.errors import TillEntryTooOld, TillEntryUndone
from mall.points.till.models import GRANT, TAKE
from mall.points.till.undoing import undo
from tests.points.machine import DAY_0, PointsMachine
from tests.points.model import TooFew
from tests.points.moves import MOVES, few, many, pick
from tests.support.lockups import make_offer
from tests.support.till import at_till, code_of, make_clerks

OWN: list[tuple[str, tuple[Any, ...]]] = [
    ("lock", (few,)),
    ("lock", (few,)),
    ("exit", (pick,)),
    ("mature", ()),
    ("mature", ()),
    ("till_grant", (many,)),
    ("till_take", (few,)),
    ("till_undo", (pick,)),
    ("till_undo", (pick,)),
]
DAYS, RATE_BP = 2, 5_000


@dataclass
class Locked:
    """A lock: the last shop day of its time."""

    lockup_id: int
    points: int
    last_day: int

    @property
    def source(self) -> str:
        return f"lockup:{self.lockup_id}"


@dataclass
class Till:
    """An entry of a till: of which day, and the number of its lot if it gave."""

    entry_id: int
    points: int
    day: int
    lot: int | None
    undone: bool = False


class PartsMachine(PointsMachine):
    """The shopper of `PointsMachine` locks points, too, and shows codes at a till."""

    @initialize()
    def open(self) -> None:
        super().open()
        (self.clerk,) = make_clerks(1)
        self.offer_id = make_offer(
            days=DAYS,
            rate_bp=RATE_BP,
            min_points=2,
            per_shopper=100,
            opens_at=day_start(DAY_0),
            closes_at=day_start(DAY_0 + timedelta(days=999)),
        )
        self.locked: list[Locked] = []
        self.tills: list[Till] = []

    @rule(number=st.integers(0, 2**63))
    def step(self, number: int) -> None:
        dice = Random(number)
        name, draws = dice.choice(MOVES + OWN)
        values = [draw(dice) for draw in draws]
        note(f"{name}{tuple(values)}")
        getattr(self, name)(*values)

    def teardown(self) -> None:
        """The next example begins at an earlier time: nothing of this one may end in it."""
        with transaction() as session:
            end_all_of(session, self.user_id)

    # Lock-ups

    def lock(self, points: int) -> None:
        points = max(points, 2)
        try:
            lockup_id = lock(self.user_id, self.offer_id, points)
        except PointsShort:
            self._too_few(points)
            return
        made = Locked(lockup_id, points, self.book.today + DAYS)
        self.locked.append(made)
        self.book.hold(made.source, points)
        self._saw("lock", True)

    def exit(self, pick: int) -> None:
        if not self.locked:
            return
        one = self.locked[pick % len(self.locked)]
        runs = self.book.holds[one.source].status == "held"
        try:
            exit_early(self.user_id, one.lockup_id)
        except LockupMatured:
            assert runs
            assert self.book.today > one.last_day
        except LockupEnded:
            assert not runs
        else:
            assert self.book.today <= one.last_day
            assert self.book.release(one.source) == one.points
            self._saw("exit", True)

    def mature(self) -> None:
        end_lockups()
        for one in self.locked:
            if self.book.today > one.last_day and self.book.release(one.source):
                gained = self._entry(LOCK_GAIN, one.source)
                gain = one.points * RATE_BP // 10_000
                self._granted(f"gain {one.source}", gained, gain, VALID_DAYS.get(), frozen=False)
                self._saw("mature", True)

    # The till

    def till_grant(self, points: int) -> None:
        if self.book.closed:
            self._refused_at_till(GRANT, points)
            return
        entry_id = at_till(self.clerk, GRANT, code_of(self.user_id), points)
        source = f"till:{entry_id}"
        granted = self._entry(TILL_GRANT, source)
        self._granted(source, granted, points, VALID_DAYS.get(), frozen=False)
        number = len(self.book.lots) - 1
        self.tills.append(Till(entry_id, points, self.book.today, number))

    def till_take(self, points: int) -> None:
        if self.book.closed:
            self._refused_at_till(TAKE, points)
            return
        try:
            entry_id = at_till(self.clerk, TAKE, code_of(self.user_id), points)
        except PointsShort:
            self._too_few(points)
            return
        source = f"till:{entry_id}"
        self.book.hold(source, points)
        self.book.settle(source)
        self.tills.append(Till(entry_id, points, self.book.today, None))
        self._saw("till take", True)

    def till_undo(self, pick: int) -> None:
        if not self.tills:
            return
        one = self.tills[pick % len(self.tills)]
        try:
            debt = undo(self.clerk.staff_id, one.entry_id, "x")
        except TillEntryUndone:
            assert one.undone
            return
        except TillEntryTooOld:
            assert self.book.today != one.day
            return
        assert self.book.today == one.day
        assert not one.undone
        one.undone = True
        if one.lot is None:
            assert self.book.give_back(f"till:{one.entry_id}", one.points) == one.points
            self._saw("till take undone", True)
        else:
            assert debt == self.book.undo(one.lot, Fraction(1))[1]
            self._saw("till grant undone", True)

    # What isn't anybody else's to undo

    def reverse(self, pick: int, share: Fraction) -> None:
        if self.entries and not self._is_of_till(pick):
            super().reverse(pick, share)

    def take_reward_back(self, pick: int, points: int) -> None:
        if self.entries and not self._is_of_till(pick):
            super().take_reward_back(pick, points)

    def leave(self, unless: int) -> None:
        super().leave(unless)
        if self.book.closed:
            with transaction() as session:
                end_all_of(session, self.user_id)
            for one in self.locked:
                self.book.release(one.source)

    def _hold(self, pick: int) -> str:
        known = [source for source in self.book.holds if source.startswith(f"{self.example}:")]
        return [*known, self._source("none")][pick % (len(known) + 1)]

    def _is_of_till(self, pick: int) -> bool:
        return pick % len(self.entries) in {one.lot for one in self.tills}

    def _entry(self, kind: str, source: str) -> int:
        with transaction() as session:
            found = entry_of(session, Reason(kind, source))
        assert found is not None
        return found

    def _too_few(self, points: int) -> None:
        """The model refuses it, too."""
        try:
            self.book.hold(self._source("too few"), points)
        except TooFew:
            self._saw("too few", True)
        else:
            raise AssertionError(f"{points} points are there")

    def _refused_at_till(self, direction: str, points: int) -> None:
        try:
            at_till(self.clerk, direction, code_of(self.user_id), points)
        except AccountClosed:
            return
        raise AssertionError("an account that is closed")
