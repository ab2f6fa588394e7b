"""The state of a pet as a pure function."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mall.games.pets.favour import objections
from mall.games.pets.growing import FEED, REVERSAL, Entry, State, fed_portions, state
from mall.games.pets.rules import Rules, plain_rules, read_rules
from tests.games.pets.rules import (
    FIRST,
    day,
    feeds,
    friend,
    gone,
    rules,
    some_entries,
    some_rules,
    stages,
    waters,
)


def stands(made: Rules, today: int, *entries: Entry) -> State:
    return state(made, entries, FIRST, day(today))


@pytest.mark.parametrize(
    ("today", "entries", "growth", "reached"),
    [
        (0, [], 0, 0),
        (0, [feeds(0, 2)], 20, 1),
        (0, [feeds(0), waters(0), friend(0), friend(0)], 19, 0),
        (0, [feeds(0, 6)], 60, 2),
        # A day without care is let off, each further one costs 3.
        (1, [feeds(0, 3)], 30, 1),
        (2, [feeds(0, 3)], 30, 1),
        (3, [feeds(0, 3)], 27, 1),
        (4, [feeds(0, 3)], 24, 1),
        (5, [feeds(0, 3)], 21, 1),
        # Never below the stage that was reached.
        (9, [feeds(0, 3)], 20, 1),
        # Care begins the days anew, a friend's too; what is added comes after what decayed.
        (4, [feeds(0, 3), waters(3)], 32, 1),
        (5, [feeds(0, 3), friend(2), waters(4)], 37, 1),
    ],
)
def test_growth(today: int, entries: list[Entry], growth: int, reached: int) -> None:
    found = stands(rules(), today, *entries)
    assert (found.growth, found.reached, found.stage) == (growth, reached, reached)


def test_a_floor_of_zero_loses_the_stage_but_not_what_was_reached() -> None:
    found = stands(rules(floor="zero", decay=10, grace_days=0), 3, feeds(0, 2))
    assert (found.growth, found.stage, found.reached) == (0, 0, 1)


def test_what_decays_tomorrow_and_how_long_nobody_cared() -> None:
    made = rules()
    assert [
        (one.cared_today, one.careless_days, one.decays_tomorrow, one.growth)
        for one in (stands(made, today, feeds(0, 3)) for today in range(4))
    ] == [(True, 0, 0, 30), (False, 0, 0, 30), (False, 1, 3, 30), (False, 2, 3, 27)]
    assert stands(made, 3, feeds(0, 3), waters(3)).decays_tomorrow == 0


def test_days_of_a_pause_cost_nothing() -> None:
    made, entries = rules(grace_days=0), [feeds(0, 4)]
    paused = [(day(1), day(3))]
    assert state(made, entries, FIRST, day(4), paused).growth == 40
    assert state(made, entries, FIRST, day(6), paused).growth == 34
    assert state(made, entries, FIRST, day(9), [(day(1), None)]).decays_tomorrow == 0


def test_portions_that_are_gone_were_never_fed() -> None:
    made = rules()
    assert stands(made, 0, feeds(0, 2), gone(1)).growth == 10
    assert stands(made, 5, feeds(0, 3, lot=1), feeds(4, 1, lot=2), gone(1, lot=2)) == stands(
        made, 5, feeds(0, 3, lot=1)
    )
    assert stands(made, 0, feeds(0, 2), gone(2)).reached == 0


def test_the_last_portions_of_a_lot_are_the_first_to_go() -> None:
    entries = [feeds(0, 2), feeds(3, 2), feeds(3, 1, lot=2), gone(3)]
    assert fed_portions(entries) == Counter({day(0): 1, day(3): 1})


@given(some_rules, some_entries, st.integers(0, 2**32), st.integers(12, 16))
def test_any_order_is_the_same(made: Rules, entries: list[Entry], seed: int, today: int) -> None:
    mixed = list(entries)
    Random(seed).shuffle(mixed)
    assert stands(made, today, *entries) == stands(made, today, *mixed)


@given(some_rules, some_entries, st.integers(1, 3))
def test_a_lot_that_goes_leaves_no_trace(made: Rules, entries: list[Entry], lot: int) -> None:
    fed = sum(one.portions for one in entries if (one.kind, one.lot) == (FEED, lot))
    others = [one for one in entries if (one.kind, one.lot) != (FEED, lot)]
    reversal = [Entry(REVERSAL, day(1), fed, lot)] if fed else []
    assert stands(made, 14, *reversal, *entries) == stands(made, 14, *others)


@given(some_rules, some_entries)
def test_growth_is_bounded(made: Rules, entries: list[Entry]) -> None:
    for today in range(15):
        found = stands(made, today, *(one for one in entries if one.day <= day(today)))
        assert 0 <= found.stage <= found.reached < len(made.stages)
        assert found.growth >= 0
        if made.floor == "stage":
            assert found.growth >= made.stages[found.reached].threshold


@given(some_rules, some_rules, some_entries)
def test_rules_in_favour_make_no_pet_worse(old: Rules, new: Rules, entries: list[Entry]) -> None:
    better = replace(
        new,
        feed_growth=max(old.feed_growth, new.feed_growth),
        water_growth=max(old.water_growth, new.water_growth),
        friend_growth=max(old.friend_growth, new.friend_growth),
        decay=min(old.decay, new.decay),
        grace_days=max(old.grace_days, new.grace_days),
    )
    assume(not list(objections(old, better)))
    for today in range(13):
        before, after = stands(old, today, *entries), stands(better, today, *entries)
        assert (after.reached, after.stage) >= (before.reached, before.stage)


def test_lower_thresholds_with_a_longer_way_would_be_worse() -> None:
    """Why ways count and not thresholds: growth decays to the stage that was reached."""
    old, new = rules(stages=stages(0, 50, 60), decay=50), rules(stages=stages(0, 10, 60), decay=50)
    entries = [feeds(0, 5), feeds(9, 1, lot=2)]
    assert stands(old, 9, *entries).reached == 2
    assert stands(new, 9, *entries).reached == 1
    assert [name for name, _ in objections(old, new)] == ["stages"]


def test_rules_survive_their_json() -> None:
    made = rules(daily_portions=3, places=7)
    assert read_rules(plain_rules(made)) == made
