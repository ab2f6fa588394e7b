"""Each night the roll-up counts only what changed since the one before: nothing else did."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import event, text

from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import expire_batch
from mall.points.reports import rolling_up
from mall.points.reports.rolling_up import take_snapshot
from mall.rewards.commands import create_rule
from mall.rewards.confirming import confirm_for
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse_for
from mall.rewards.schemas import RewardRuleInSchema
from mall.users.closing import close_account
from mall.users.erasing import erase_at_once
from tests.support.invariants import check_invariants
from tests.support.plans import huge_tables, read_whole, statements
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
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
SHARES = (Fraction(1, 3), Fraction(2, 3), Fraction(1))
KEPT = {
    "lots": "SELECT * FROM points_lot_months ORDER BY 1, 2",
    "accounts": """
        SELECT accounts, available, frozen, held, debt FROM points_balance_days
        ORDER BY day DESC LIMIT 1
    """,
    "grants": "SELECT * FROM points_rule_months ORDER BY 1, 2",
}
RECOUNTED = {
    "lots": """
        SELECT to_char(timezone('Asia/Shanghai', created_at), 'YYYY-MM'),
               coalesce(to_char(
                   timezone('Asia/Shanghai', expires_at - interval '1 microsecond'), 'YYYY-MM'
               ), ''),
               count(*), sum(granted), coalesce(sum(remaining) FILTER (WHERE NOT frozen), 0),
               coalesce(sum(remaining) FILTER (WHERE frozen), 0), sum(expired), sum(reversed)
        FROM points_lots GROUP BY 1, 2 ORDER BY 1, 2
    """,
    "accounts": """
        SELECT count(DISTINCT user_id), coalesce(sum(available), 0), coalesce(sum(frozen), 0),
               coalesce(sum(held), 0), coalesce(sum(debt), 0)
        FROM points_entries
    """,
    "grants": """
        SELECT g.rule_id, to_char(g.day, 'YYYY-MM'), count(*), sum(p.count), sum(p.taken_back),
               sum(p.debt)
        FROM reward_parts p JOIN reward_grants g ON g.id = p.grant_id
        WHERE p.kind = 'points' AND p.receipt IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    """,
}


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night goes on just from the one before: else all that a test does would be looked at."""
    monkeypatch.setattr(rolling_up, "OPEN_AT_MOST", timedelta(0))


def differing() -> set[str]:
    """Of which sort the kept sums aren't those of a recount."""
    db.session.rollback()
    found = {
        name
        for name in KEPT
        if db.session.execute(text(KEPT[name])).all()
        != db.session.execute(text(RECOUNTED[name])).all()
    }
    db.session.rollback()
    return found


def make_rule(points: int) -> int:
    body = {"name": "签到", "reward": [{"kind": "points", "count": points}]}
    return create_rule(**RewardRuleInSchema().load(body)).id


# -- any story: what goes on from the night before equals a recount -------------------------------


@dataclass
class Shop:
    """Shoppers whose points go each way."""

    chance: random.Random
    entries: list[int] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    grounds: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shoppers = [make_shopper()[0] for _ in range(5)]
        self.rules = [make_rule(30), make_rule(7)]

    def give(self) -> None:
        days = self.chance.choice((None, 5, 40, 400))
        self.entries.append(give(self.somebody(), self.chance.randint(1, 50), days=days))

    def promise(self) -> None:
        self.entries.append(give(self.somebody(), self.chance.randint(1, 50), frozen=True))

    def thaw(self) -> None:
        if self.entries:
            until = utc_now() + timedelta(days=self.chance.choice((5, 40)))
            thaw(self.chance.choice(self.entries), until)

    def reverse(self) -> None:
        if self.entries:
            reverse(self.chance.choice(self.entries), self.chance.choice(SHARES))

    def hold(self) -> None:
        self.holds.append(f"hold:{len(self.holds)}")
        hold(self.somebody(), self.holds[-1], self.chance.randint(1, 40))

    def end(self) -> None:
        if self.holds:
            self.chance.choice((settle, release))(self.chance.choice(self.holds))

    def give_back(self) -> None:
        if self.holds:
            give_back(self.chance.choice(self.holds), self.chance.randint(1, 40))

    def expire(self) -> None:
        if self.entries:
            make_due(self.chance.choice(self.entries))
            expire_batch()

    def reward(self) -> None:
        self.grounds.append(f"order:{len(self.grounds)}")
        source = Source(self.chance.choice(self.rules), "a", self.grounds[-1])
        with transaction() as session:
            grant(session, self.somebody(), source, pending=self.chance.random() < 0.5)

    def confirm(self) -> None:
        if self.grounds:
            with transaction() as session:
                confirm_for(session, self.chance.choice(self.grounds), cause="test")

    def take_back(self) -> None:
        if self.grounds:
            ground, share = self.chance.choice(self.grounds), self.chance.choice(SHARES)
            with transaction() as session:
                reverse_for(session, ground, cause="test", share=share)

    def leave(self) -> None:
        leaver = self.chance.randrange(len(self.shoppers))
        close_account(self.shoppers[leaver])
        erase_at_once(self.shoppers[leaver])
        self.shoppers[leaver] = make_shopper()[0]

    def somebody(self) -> int:
        return self.chance.choice(self.shoppers)

    def play(self, nights: int) -> set[str]:
        """What any of so many nights counted otherwise than a recount."""
        acts: list[Callable[[], None]] = [self.give, self.give, self.promise, self.thaw]
        acts += [self.reverse, self.hold, self.hold, self.end, self.end, self.give_back]
        acts += [self.expire, self.reward, self.reward, self.confirm, self.take_back]
        lost: set[str] = set()
        for night in range(nights):
            for _ in range(self.chance.randint(1, 6)):
                try:
                    self.chance.choice(acts)()
                except PointsShort:
                    continue
            if night % 20 == 19:
                self.leave()
            take_snapshot()
            lost |= differing()
        return lost


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("seed", range(3))
def test_a_night_that_goes_on_counts_what_a_recount_does(seed: int) -> None:
    assert Shop(random.Random(seed)).play(60) == set()
    check_invariants()


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize(
    ("sort", "looks", "without"),
    [
        ("lots", "WHERE changed_at >= :since", "WHERE created_at >= :since"),
        (
            "accounts",
            "points_entries WHERE created",
            "points_entries WHERE available > 0 AND created",
        ),
        (
            "grants",
            "UNION SELECT grant_id FROM reward_steps",
            "EXCEPT SELECT id FROM reward_grants",
        ),
    ],
)
def test_control_a_night_that_knows_less_of_what_changed(
    sort: str, looks: str, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = str(rolling_up.COUNT)
    assert looks in sql
    monkeypatch.setattr(rolling_up, "COUNT", text(sql.replace(looks, without)))
    assert Shop(random.Random(0)).play(60) == {sort}


# -- beginning anew, kills, and what is written late ----------------------------------------------


@pytest.mark.usefixtures("exact")
def test_another_way_of_counting_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    shopper = make_shopper()[0]
    give(shopper, 5)
    take_snapshot()
    with transaction() as session:  # as another release had counted
        session.execute(text("UPDATE points_lot_months SET available = 4, lots = 2"))
        session.execute(text("UPDATE points_balance_days SET held = 9"))
    take_snapshot()
    assert differing() == {"lots", "accounts"}, "it goes on from what was counted"
    monkeypatch.setattr(rolling_up, "DIGEST", "of another release")
    take_snapshot()
    assert differing() == set()


def test_a_night_that_was_killed_is_made_again() -> None:
    give(one_with_points(), 7)

    def die(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("DELETE FROM points_lot_months"):  # what comes last
            raise KeyboardInterrupt

    event.listen(db.engine, "before_cursor_execute", die)
    try:
        with pytest.raises(KeyboardInterrupt):
            take_snapshot()
    finally:
        event.remove(db.engine, "before_cursor_execute", die)
    assert differing() == {"lots", "accounts"}, "nothing of it is there"
    take_snapshot()
    assert differing() == set()


def written_around_a_night(shopper: int) -> None:
    """Points that are spent before a night's snapshot, by a transaction that ends after it."""
    db.session.remove()
    with db.engine.connect() as slow:
        slow.execute(text("BEGIN"))
        for statement in (
            "SELECT * FROM points_accounts WHERE user_id = :id FOR UPDATE",
            "UPDATE points_accounts SET available = available - 3 WHERE user_id = :id",
            "UPDATE points_lots SET remaining = remaining - 3, changed_at = clock_timestamp()"
            " WHERE user_id = :id",
            "INSERT INTO points_entries (user_id, kind, source, available)"
            " VALUES (:id, 'adjust', 'slow', -3)",
            "INSERT INTO points_uses (entry_id, lot_id, points)"
            " SELECT e.id, l.id, 3 FROM points_entries e, points_lots l"
            " WHERE e.source = 'slow' AND l.user_id = :id",
        ):
            slow.execute(text(statement), {"id": shopper})
        take_snapshot()
        assert differing() == set(), "what isn't committed isn't there"
        slow.execute(text("COMMIT"))


def one_with_points() -> int:
    shopper = make_shopper()[0]
    give(shopper, 5)
    take_snapshot()
    return shopper


def test_what_was_written_before_a_night_and_committed_after_it_is_counted_by_the_next() -> None:
    written_around_a_night(one_with_points())
    take_snapshot()
    assert differing() == set()
    check_invariants()


@pytest.mark.usefixtures("exact")
def test_control_without_the_hour_it_is_never_counted() -> None:
    written_around_a_night(one_with_points())
    take_snapshot()
    assert differing() == {"lots", "accounts"}


# -- how much is read -----------------------------------------------------------------------------


def test_a_night_reads_no_table_whole() -> None:
    one_with_points()
    with statements() as sent:
        take_snapshot()
    assert any("points_counted_lots" in one for one, _ in sent)
    with huge_tables():
        assert read_whole(sent) == set()
