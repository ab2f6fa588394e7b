"""A lottery does what the plain model says, in any order of operations."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lottery.machine import LotteryMachine
from tests.support.invariants import check_invariants

SEEDS = 7
WHAT = (
    *("bought used", "bought, back in points", "guaranteed", "used before", "lottery_over"),
    *("lottery_no_chance", "lottery_paused", "lottery_daily_cap", "lottery_budget_spent"),
    *("lottery_drawn_out", "goods: lottery_over"),
    *("goods won", "goods owed", "goods given later", "won again", "guaranteed goods stay"),
    *("goods: returned", "goods: lottery_not_in_favour"),
    *("returned while paused", "with the budget that came back"),
    *("claimed", "claimed twice", "expired", "late, before the sweep", "called off", "canceled"),
    *("taken_back", "prize_claim_over", "prize_state_conflict", "prize_not_found"),
)
ALWAYS_ALIKE = settings(
    max_examples=1,
    stateful_step_count=60,
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
