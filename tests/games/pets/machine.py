"""Pets beside a plain model, any order of feed, care, reversals, days and better rules: compared
after every step.

The model keeps plain lists of what stands: a portion whose reward went is simply crossed off. It
adds up day by day, without the ledger. Rewards of stages follow when the jobs have run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from mall.games.pets import queries
from mall.games.pets.admin_schemas import PetSeasonInSchema
from mall.games.pets.caring import feed, water
from mall.games.pets.composing import change_published
from mall.games.pets.growing import Entry, state
from mall.games.pets.ledger import entries_of
from mall.games.pets.refreshing import refresh_all
from mall.games.pets.seasons import rules_of, season_of
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.rewards.commands import take_back
from tests.support.pets import (
    Friend,
    friend_of,
    helped,
    keeper,
    pet_row,
    points_rule,
    portions,
    running_season,
    season_days_pass,
    season_terms,
    settle_stages,
    stage,
    stage_grants,
)

THRESHOLDS, POINTS = (0, 20, 45, 90), (0, 5, 7, 9)
DAILY, HELP = 6, 2


class Model:
    """One pet: what was done by day, and by which reward the portions came."""

    def __init__(self, floor: str) -> None:
        self.today = 0
        self.floor = floor
        self.rates = {"feed": 10, "water": 4, "friend": 2, "decay": 5, "grace": 1}
        self.lots: list[list[int | None]] = []
        """Of each lot its portions: the day on which each was fed, None while it is left."""
        self.grants: list[int] = []
        self.waterings: set[int] = set()
        self.friends: Counter[int] = Counter()
        self.fed_on: Counter[int] = Counter()

    def stands(self) -> tuple[int, int, int]:
        """Growth, stage and the highest stage, day by day."""
        growth = top = idle = 0
        for day in range(self.today + 1):
            eaten = sum(lot.count(day) for lot in self.lots)
            if day and idle > self.rates["grace"]:
                low = THRESHOLDS[top] if self.floor == "stage" else 0
                growth = max(growth - self.rates["decay"], low)
            growth += eaten * self.rates["feed"] + (day in self.waterings) * self.rates["water"]
            growth += self.friends[day] * self.rates["friend"]
            top = max(top, self._stage(growth))
            cared = day == 0 or eaten or day in self.waterings or self.friends[day]
            idle = 0 if cared else idle + 1
        return growth, top if self.floor == "stage" else self._stage(growth), top

    def _stage(self, growth: int) -> int:
        return sum(threshold <= growth for threshold in THRESHOLDS) - 1

    @property
    def left(self) -> int:
        return sum(lot.count(None) for lot in self.lots)

    def eat(self, count: int) -> None:
        self.fed_on[self.today] += count
        for lot in self.lots:
            for at, fed in enumerate(lot):
                if fed is None and count:
                    lot[at] = self.today
                    count -= 1


class PetMachine(RuleBasedStateMachine):
    """One pet and two friends. Pets of earlier examples stay; nobody looks at them again."""

    seen: ClassVar[Counter[str]] = Counter()
    seed: ClassVar[int] = 0

    @initialize(number=st.integers(0, 2**63))
    def open(self, number: int) -> None:
        self.dice = Random(f"{self.seed}:{number}")
        self.model = Model(self.dice.choice(["stage", "zero"]))
        self.stages = [
            stage(f"第{at}阶段", threshold, points_rule(POINTS[at]) if at else None)
            for at, threshold in enumerate(THRESHOLDS)
        ]
        self.season_id = running_season(**self._terms())
        self.user_id = keeper(self.season_id)
        self.friends = [friend_of(self.user_id, self.season_id) for _ in range(3)]
        self.helped_today: set[Friend] = set()
        self.revision = 2

    def _terms(self) -> dict[str, Any]:
        rates = self.model.rates
        return {
            "stages": self.stages,
            "floor": self.model.floor,
            "feed_growth": rates["feed"],
            "water_growth": rates["water"],
            "friend_growth": rates["friend"],
            "decay": rates["decay"],
            "grace_days": rates["grace"],
            "daily_portions": DAILY,
            "friend_waterings": HELP,
        }

    @rule()
    def step(self) -> None:
        """Thrown with dice of our own: hypothesis repeats values that it has drawn."""
        steps: list[Callable[[], None]] = [self._give] * 3 + [self._feed] * 5 + [self._water] * 2
        steps += [self._help] * 3 + [self._take_back] * 3 + [self._sleep] * 4
        steps += [self._improve] * (self.dice.random() < 0.4)
        chosen = self.dice.choice(steps)
        note(chosen.__name__)
        chosen()

    def _give(self) -> None:
        count = self.dice.randint(1, 4)
        self.model.grants.append(portions(self.user_id, self.season_id, count))
        self.model.lots.append([None] * count)

    def _feed(self) -> None:
        count, model = self.dice.randint(1, 3), self.model
        feeds = partial(feed, self.user_id, self.season_id, count)
        if model.left < count:
            self._refused("pet_no_feed", feeds)
        elif model.fed_on[model.today] + count > DAILY:
            self._refused("pet_fed_enough", feeds)
        else:
            feeds()
            model.eat(count)

    def _water(self) -> None:
        if self.model.today in self.model.waterings:
            self._refused("pet_watered_today", lambda: water(self.user_id, self.season_id))
        else:
            water(self.user_id, self.season_id)
            self.model.waterings.add(self.model.today)

    def _help(self) -> None:
        friend = self.dice.choice(self.friends)
        if friend in self.helped_today:
            self._refused("pet_watered_today", lambda: helped(friend))
        elif len(self.helped_today) >= HELP:
            self._refused("pet_watered_enough", lambda: helped(friend))
        else:
            helped(friend)
            self.helped_today.add(friend)
            self.model.friends[self.model.today] += 1

    def _take_back(self) -> None:
        """The order of a mission was refunded: all its portions go, those that were fed too."""
        if not self.model.grants:
            return
        at = self.dice.randrange(len(self.model.grants))
        before = self.model.stands()[2]
        take_back(self.model.grants.pop(at))
        lot = self.model.lots.pop(at)
        self.seen["fed ones went"] += any(one is not None for one in lot)
        self.seen["stage lost"] += self.model.stands()[2] < before

    def _sleep(self) -> None:
        count = self.dice.randint(1, 3)
        season_days_pass(count)
        self.model.today += count
        self.helped_today.clear()

    def _improve(self) -> None:
        rates, before = self.model.rates, self.model.stands()[2]
        name = self.dice.choice(list(rates))
        rates[name] = max(rates[name] - 1, 0) if name == "decay" else rates[name] + 1
        with transaction() as session:
            found = "SELECT rules FROM pet_season_versions WHERE season_id = :id LIMIT 1"
            stored = session.scalars(text(found), {"id": self.season_id}).one()
        times = {name: stored[name] for name in ("starts_at", "ends_at")}
        terms = PetSeasonInSchema().load(season_terms(**self._terms(), **times))
        change_published(self.season_id, self.revision, terms, accept_warnings=True)
        self.revision += 1
        refresh_all()
        self.seen["better rules"] += 1
        assert self.model.stands()[2] >= before

    def _refused(self, code: str, call: Callable[[], object]) -> None:
        self.seen[code] += 1
        with pytest.raises(MallError) as refused:
            call()
        assert refused.value.code == code

    @invariant()
    def agrees(self) -> None:
        """Feed, growth and stages are those of the model, in every order of the entries; each
        stage that is reached has one reward that stands, no other has any."""
        with transaction() as session:
            shown = queries.own_pet(session, self.season_id, self.user_id)
            entries = entries_of(session, shown["id"])
        growth, stage_now, reached = self.model.stands()
        assert (shown["growth"], shown["stage"], shown["reached"]) == (growth, stage_now, reached)
        assert shown["feed_left"] == self.model.left
        assert pet_row(self.user_id, self.season_id).reached == reached
        self._agrees_in_any_order(entries, growth, reached)
        settle_stages()
        grants = stage_grants(self.user_id, self.season_id)
        stands = [event for event, status in grants if status == "granted"]
        assert sorted(event[1] for event in stands) == [str(at) for at in range(1, reached + 1)]
        self.seen["rewarded again"] += any("again" in event for event in stands)

    def _agrees_in_any_order(self, entries: list[Entry], growth: int, reached: int) -> None:
        self.dice.shuffle(entries)
        row = pet_row(self.user_id, self.season_id)
        with transaction() as session:
            rules = rules_of(session, self.season_id, row.version)
            today = season_of(session, self.season_id).day(session)
        found = state(rules, entries, row.adopted_on, today)
        assert (found.growth, found.reached) == (growth, reached)
