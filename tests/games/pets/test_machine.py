"""A pet does what the plain model says, in any order of operations."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.games.pets.machine import PetMachine
from tests.support.invariants import check_invariants

SEEDS = 4
WHAT = (
    *("pet_no_feed", "pet_fed_enough", "pet_watered_today", "pet_watered_enough"),
    *("fed ones went", "stage lost", "better rules", "rewarded again"),
)
ALWAYS_ALIKE = settings(
    max_examples=2,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_pet_and_the_model_agree(app: Flask) -> None:
    for number in range(SEEDS):
        PetMachine.seed = number
        run_state_machine_as_test(seed(number)(PetMachine), settings=ALWAYS_ALIKE)
    check_invariants()
    seen = PetMachine.seen
    assert not [what for what in WHAT if not seen[what]], seen
