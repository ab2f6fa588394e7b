"""The ledger does what the plain model says, in any order of operations."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.points.machine import PointsMachine
from tests.points.parts_machine import PartsMachine
from tests.support.invariants import rows_of
from tests.support.shop_time import other_time

# Few examples a seed: after some ten, hypothesis mostly repeats what it had.
SEEDS, EXAMPLES, STEPS = 8, 8, 2000
WHAT = (
    "give", "take", "hold", "settle", "release", "give back", "thaw", "expire",
    "reverse", "debt", "debt paid", "too few", "leave",
)  # fmt: skip
OF_PARTS = (
    "lock", "exit", "mature", "till take", "till take undone", "till grant undone", "debt",
)  # fmt: skip
ALWAYS_ALIKE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def test_the_ledger_and_the_model_agree(app: Flask) -> None:
    with other_time():
        for number in range(SEEDS):
            machine = seed(number)(PointsMachine)
            run_state_machine_as_test(machine, settings=ALWAYS_ALIKE)
    assert PointsMachine.steps >= STEPS
    assert not [what for what in WHAT if not PointsMachine.seen[what]], PointsMachine.seen


def test_tills_and_lockups_among_all_else(app: Flask) -> None:
    before = PointsMachine.steps
    with other_time():
        for number in range(SEEDS // 2):
            machine = seed(number)(PartsMachine)
            run_state_machine_as_test(machine, settings=ALWAYS_ALIKE)
        for code in ("I41a", "I41b", "I42a", "I42b", "I42c"):
            assert not rows_of(code)
    assert PointsMachine.steps - before >= STEPS // 2
    assert not [what for what in OF_PARTS if not PointsMachine.seen[what]], PointsMachine.seen
