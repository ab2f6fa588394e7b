"""Referral does what the plain model says, in any order of steps: binding, orders, refunds,
rebates, screening, ladder, settlement, withdrawals. No fen is made or lost."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.referral.life.hands import open_shop
from tests.referral.life.machine import LifeMachine
from tests.support.servers import LiveServer

EXAMPLES, SEEDS, MOST_SEEDS, STEPS = 5, 3, 24, 400
"""More seeds than usual are played only until what is rare has happened."""
RARE = (
    *("two levels", "part back before", "whole back before", "part back after settling"),
    *("whole back after settling", "rebate", "bound anew", "hold", "void", "release"),
    *("withdrawn", "SUCCESS", "OVERDUE_CLOSE", "ACCOUNT_FROZEN", "CANCELLED", "debt"),
    *("rung 1 pending", "rung 1 granted", "rung 3 pending", "ended in debt"),
)
"""What must have happened; else the run shows nothing of it."""
ALWAYS_ALIKE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_referral_and_the_model_agree(app: Flask, simulator: LiveServer) -> None:
    open_shop()
    LifeMachine.app = app
    for number in range(MOST_SEEDS):
        if number >= SEEDS and not _missing():
            break
        run_state_machine_as_test(seed(number)(LifeMachine), settings=ALWAYS_ALIKE)
    assert LifeMachine.steps >= STEPS
    assert not _missing(), LifeMachine.seen


def _missing() -> list[str]:
    return [what for what in RARE if not LifeMachine.seen[what]]
