"""The advice against simulated shoppers: it beats the middle set, and loses nothing by chance."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from mall.groupbuy.advice.backtest.playing import BOUNDS, COSTS, LIFE_H, SETS, backtest
from mall.groupbuy.advice.backtest.shoppers import NULL, Leader, World, play
from mall.groupbuy.advice.cli import group_advice

SMALL = {"past": 300, "future": 300, "resamples": 500}
NO_CIRCLE = World(circle_comes=0.0, friends=0.0, strangers=8.0)
"""The price moves people, the circle doesn't: one set is the best for all."""
MIDDLE_BEST = World(circle_comes=0.0, friends=0.0, strangers=18.0, pull_log_sd=0.2)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_beats_the_fixed_middle_set(seed: int) -> None:
    found = backtest(seed, **SMALL)
    for one in (found.picked, found.proposed):
        assert 0 < one.low_fen < one.gain_fen < one.high_fen
        assert one.gain_fen == pytest.approx(one.profit_fen - found.middle_fen)
    assert found.picked.profit_fen > found.best_fixed_fen


def test_what_it_expects_is_what_is_played() -> None:
    """The simulated response isn't the model's curve, and yet they agree."""
    found = backtest(4, past=600, future=1_500, resamples=100)
    assert found.expected_fen == pytest.approx(found.proposed.profit_fen, rel=0.15)


@pytest.mark.parametrize("world", [NULL, NO_CIRCLE])
def test_where_nothing_is_to_be_gained_it_loses_no_more_than_chance(world: World) -> None:
    found = backtest(3, world=world, **SMALL)
    for one in (found.picked, found.proposed):
        assert one.high_fen >= 0
    assert found.picked.profit_fen >= found.best_fixed_fen * 0.97
    assert BOUNDS.floor_margin_bp <= COSTS.margin_bp(found.schedule.reductions_bp[-1])


def test_where_the_middle_set_is_the_best_it_is_picked() -> None:
    found = backtest(3, world=MIDDLE_BEST, **SMALL)
    assert (found.starts[0].set_id, found.starts[0].min_circle) == (2, 0)
    assert found.picked.gain_fen == pytest.approx(0, abs=1)
    assert found.best_fixed_fen == found.middle_fen


def test_with_too_little_past_the_middle_set_stays() -> None:
    found = backtest(1, past=30, future=100, resamples=100)
    assert {one.what for one in found.missing} >= {"teams", "visits"}
    assert (found.starts, found.picked.gain_fen, found.proposed.gain_fen) == ((), 0.0, 0.0)
    assert found.schedule == SETS[2]


def test_the_same_leader_meets_the_same_people_whatever_is_offered() -> None:
    leader = Leader(circle=30, seen_circle=24, opened_hour=19, pull=1.0, seed=7)
    small, large = (play(World(), leader, SETS[one], LIFE_H) for one in (1, 3))
    met = [visit.age_h for visit in small.visits]
    assert met == [visit.age_h for visit in large.visits][: len(met)]
    assert play(World(), leader, SETS[1], LIFE_H) == small


def test_the_command_prints_the_interval_of_each_seed() -> None:
    asked = ["backtest", "--seeds", "2", "--past", "200", "--future", "100"]
    result = CliRunner().invoke(group_advice, asked)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == ["seed", "picked", "proposed"] * 2
    assert "set 1 from 0" in lines[1]
    assert re.search(r"gain [\d.-]+ \[[\d.-]+, [\d.-]+\]", lines[2])
    short = CliRunner().invoke(group_advice, ["backtest", "--seeds", "1", "--past", "10"])
    assert "too little: teams 10 of 50" in short.output
