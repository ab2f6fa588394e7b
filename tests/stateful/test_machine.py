"""Thousands of steps, compared one by one with a plain model."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import ShopMachine
from tests.stateful.playing import PLAYED, surround
from tests.support.servers import LiveServer

SHOPS, STEPS = 28, 2000
SEED = 23
"""Shops in which all that is rare happens."""
RARE = {
    "free order",
    "free goods back",
    "hold ended",
    "held order back",
    "delivered",
    "rebate",
    "same cause",
    "settled",
    "reduced",
    "price changed",
    "points back",
    "points earned",
}


def test_the_mall_and_the_model_agree(
    app: Flask, simulator: LiveServer, work: Callable[[], None]
) -> None:
    """The same shops each time; `make soak` plays others for as long as told, and shrinks."""
    surround(app, simulator, work)
    played = settings(PLAYED, max_examples=SHOPS, phases=[Phase.generate])
    run_state_machine_as_test(seed(SEED)(ShopMachine), settings=played)
    assert ShopMachine.steps >= STEPS
    assert not [what for what in RARE if not ShopMachine.seen[what]], ShopMachine.seen
