"""Thousands of steps, compared one by one with a plain model."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import ShopMachine
from tests.stateful.playing import PLAYED, surround
from tests.support.servers import LiveServer

SHOPS, STEPS = 28, 2000
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
}


def test_the_mall_and_the_model_agree(
    app: Flask, simulator: LiveServer, work: Callable[[], None]
) -> None:
    """The same shops each time; `make soak` plays others for as long as told, and shrinks."""
    surround(app, simulator, work)
    always_alike = settings(PLAYED, max_examples=SHOPS, derandomize=True, phases=[Phase.generate])
    run_state_machine_as_test(ShopMachine, settings=always_alike)
    assert ShopMachine.steps >= STEPS
    assert not [what for what in RARE if not ShopMachine.seen[what]], ShopMachine.seen
