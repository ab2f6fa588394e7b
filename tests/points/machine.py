"""The ledger beside the model, any order of operations: compared after every step."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from typing import Any, ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import expire_batch
from mall.points.ledger.forfeiting import forfeit
from mall.points.ledger.granter import PointsGranter
from mall.points.ledger.invariants import INVARIANTS
from mall.points.settings import VALID_DAYS
from mall.rewards.granters import Part
from mall.users.closing import close_account
from tests.points.model import NEVER, Book, Lot, TooFew
from tests.points.moves import MOVES
from tests.support import points as ledger
from tests.support.shop_time import set_time
from tests.support.users import make_shopper

DAY_0 = date(2028, 2, 20)

# Asked after each step, so planned once.
BROKEN = PreparedStatement(
    " UNION ALL ".join(
        f"SELECT '{one.code}' AS code, CAST(to_jsonb(r) AS text) AS row FROM ({one.sql}) r"
        for one in INVARIANTS
    ).replace(":since", "CAST(:since AS timestamptz)")
)
ACCOUNT = PreparedStatement(
    "SELECT available, frozen, held, debt FROM points_accounts WHERE user_id = :user_id"
)
LOTS = PreparedStatement(
    """
    SELECT granted, remaining, frozen, expires_at, reversed, expired,
        NOT frozen AND coalesce(expires_at <= clock_timestamp(), false) AS due
    FROM points_lots WHERE user_id = :user_id ORDER BY id
    """
)
HOLDS = PreparedStatement(
    "SELECT source, points, status, returned FROM points_holds WHERE user_id = :user_id"
)


class PointsMachine(RuleBasedStateMachine):
    """One shopper's points. Shoppers of earlier examples stay; nobody looks at them again."""

    seen: ClassVar[Counter[str]] = Counter()
    steps: ClassVar[int] = 0
    _numbers: ClassVar[itertools.count[int]] = itertools.count()

    @initialize()
    def open(self) -> None:
        self.book = Book()
        self.user_id = make_shopper()[0]
        self.entries: list[int] = []
        set_time(f"{DAY_0} 12:00:00")
        with transaction() as session:
            self.since = session.scalar(text("SELECT now()"))
        self.example = next(self._numbers)

    @rule(number=st.integers(0, 2**63))
    def step(self, number: int) -> None:
        """Thrown with dice of our own: hypothesis repeats values that it has drawn, so that what
        takes several kinds of steps (spent, undone, owed, paid) is hardly ever met."""
        dice = Random(number)
        name, draws = dice.choice(MOVES)
        values = [draw(dice) for draw in draws]
        note(f"{name}{tuple(values)}")
        getattr(self, name)(*values)

    # What gives

    def give(self, name: int, points: int, days: int | None, frozen: bool) -> None:
        until = self._end_of(self._last_day(days))
        source = self._source(name)
        entry_id = ledger.give(
            self.user_id, points, source=source, days=None, until=until, frozen=frozen
        )
        self._granted(source, entry_id, points, days, frozen=frozen)

    def reward(self, points: int) -> None:
        with transaction() as session:
            receipt = PointsGranter().give(session, self.user_id, Part("points", "", points))
        self._granted(f"reward {receipt}", int(receipt), points, VALID_DAYS.get(), frozen=False)

    def thaw(self, pick: int, days: int | None) -> None:
        if not self.entries:
            return
        number = pick % len(self.entries)
        last_day = self._last_day(days)
        thawed = ledger.thaw(self.entries[number], self._end_of(last_day))
        assert thawed == self.book.thaw(number, last_day)
        self._saw("thaw", bool(thawed))

    # What takes

    def take(self, name: int, points: int) -> None:
        source = self._source(f"take {name}")
        self._alike(
            lambda: ledger.give(self.user_id, -points, source=source),
            lambda: self.book.take(source, points),
            "take",
        )

    def hold(self, name: int, points: int) -> None:
        source = self._source(name)
        self._alike(
            lambda: ledger.hold(self.user_id, source, points),
            lambda: self.book.hold(source, points),
            "hold",
        )

    def settle(self, pick: int) -> None:
        source = self._hold(pick)
        settled = ledger.settle(source)
        assert settled == self.book.settle(source)
        self._saw("settle", bool(settled))

    def release(self, pick: int) -> None:
        source = self._hold(pick)
        released = ledger.release(source)
        assert released == self.book.release(source)
        self._saw("release", bool(released))

    def give_back(self, pick: int, in_all: int) -> None:
        source, before = self._hold(pick), self.book.debt
        back = ledger.give_back(source, in_all)
        assert back == self.book.give_back(source, in_all)
        self._saw("give back", bool(back))
        self._saw("debt paid", self.book.debt < before)

    # What undoes

    def reverse(self, pick: int, share: Fraction) -> None:
        if not self.entries:
            return
        number = pick % len(self.entries)
        found = ledger.reverse(self.entries[number], share)
        assert (found.taken, found.debt) == self.book.undo(number, share)
        self._saw("reverse", bool(found.taken))
        self._saw("debt", bool(found.debt))

    def take_reward_back(self, pick: int, points: int) -> None:
        if not self.entries:
            return
        number = pick % len(self.entries)
        lot = self.book.lots[number]
        points = min(points, lot.granted - lot.undone)
        if not points:
            return
        receipt = str(self.entries[number])
        with transaction() as session:
            found = PointsGranter().take_back(session, self.user_id, receipt, points)
        assert (found.taken, found.debt) == self.book.undo_more(number, points)

    # What time does

    def time_passes(self, days: int, hour: str, swept: bool) -> None:
        self.book.today += days
        set_time(f"{DAY_0 + timedelta(days=self.book.today)} {hour}")
        if swept:
            self._sweep()

    def leave(self, unless: int) -> None:
        if unless or len(self.entries) < 5:
            return
        close_account(self.user_id)
        with transaction() as session:
            forfeit(session, self.user_id)
        self.book.close()
        self._saw("leave", True)

    # What must hold after each

    @invariant()
    def ledger_and_model_agree(self) -> None:
        if not hasattr(self, "book"):
            return
        PointsMachine.steps += 1
        with transaction() as session:
            assert not BROKEN.rows(session, since=self.since)
            account = ACCOUNT.first(session, user_id=self.user_id) or (0, 0, 0, 0)
            lots = LOTS.rows(session, user_id=self.user_id)
            holds = HOLDS.rows(session, user_id=self.user_id)
        now = deepcopy(self.book)
        now.expire()
        due = sum(row.remaining for row in lots if row.due)
        assert (account[0] - due, *account[1:]) == now.figures
        assert [self._lot(row) for row in lots] == now.lots
        assert {row.source: (row.points, row.status, row.returned) for row in holds} == {
            source: (hold.points, hold.status, hold.returned) for source, hold in now.holds.items()
        }

    def _granted(
        self, source: str, entry_id: int, points: int, days: int | None, *, frozen: bool
    ) -> None:
        new = source not in self.book.sources
        before = self.book.debt
        self.book.give(source, points, self._last_day(days), frozen=frozen)
        if new:
            self.entries.append(entry_id)
        number = self.book.sources[source]
        assert number is not None
        assert self.entries[number] == entry_id
        self._saw("give", new)
        self._saw("debt paid", self.book.debt < before)

    def _alike(self, ours: Callable[[], object], theirs: Callable[[], None], what: str) -> None:
        """Both do it, or both refuse."""
        try:
            ours()
        except PointsShort:
            try:
                theirs()
            except TooFew:
                self._saw("too few", True)
                return
            raise
        theirs()
        self._saw(what, True)

    def _lot(self, row: Any) -> Lot:
        lost = row.expired + (row.remaining if row.due else 0)
        left = 0 if row.due else row.remaining
        ends = row.expires_at
        last_day = NEVER
        if ends is not None:
            last_day = (ends.astimezone(SHOP_ZONE).date() - DAY_0).days - 1
        return Lot(row.granted, left, row.frozen, last_day, row.reversed, lost)

    def _sweep(self) -> None:
        self._saw("expire", self._is_due())
        while expire_batch():
            pass
        assert not self._is_due()

    def _is_due(self) -> bool:
        with transaction() as session:
            lots = LOTS.rows(session, user_id=self.user_id)
        return any(lot.remaining for lot in lots if lot.due)

    def _last_day(self, days: int | None) -> int:
        return NEVER if days is None else self.book.today + days

    def _end_of(self, day: int) -> datetime | None:
        if day == NEVER:
            return None
        return datetime.combine(DAY_0 + timedelta(days=day + 1), time(), SHOP_ZONE)

    def _source(self, name: object) -> str:
        return f"{self.example}:{name}"

    def _hold(self, pick: int) -> str:
        """The source of a hold; now and then of none."""
        known = [*self.book.holds, self._source("none")]
        return known[pick % len(known)]

    def _saw(self, what: str, happened: bool) -> None:
        PointsMachine.seen[what] += happened
