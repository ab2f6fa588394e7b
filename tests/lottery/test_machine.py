"""A lottery does what the plain model says, in any order of operations."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lottery.machine import LotteryMachine
from tests.support.invariants import check_invariants

SEEDS = 4
WHAT = (
    *("bought used", "guaranteed", "returned", "used before", "lottery_over"),
    *("lottery_no_chance", "lottery_paused", "lottery_daily_cap"),
)
ALWAYS_ALIKE = settings(
    max_examples=2,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_lottery_and_the_model_agree(app: Flask) -> None:
    for number in range(SEEDS):
        LotteryMachine.seed = number
        run_state_machine_as_test(seed(number)(LotteryMachine), settings=ALWAYS_ALIKE)
    check_invariants()
    seen = LotteryMachine.seen
    assert not [what for what in WHAT if not seen[what]], seen
