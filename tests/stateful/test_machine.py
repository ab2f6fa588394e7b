"""Thousands of steps, compared one by one with a plain model."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import ShopMachine
from tests.stateful.playing import PLAYED, surround
from tests.support.servers import LiveServer

SHOPS, STEPS = 24, 2000
SEED = 23
"""Shops in which all that is rare happens, as a rule: what is picked also goes by order numbers,
which are drawn at random."""
MORE_SHOPS, ROUNDS = 10, 4
"""Played under the next seeds while something rare hasn't happened yet."""
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
    """Much the same shops each time; `make soak` plays others for as long as told, and shrinks."""
    surround(app, simulator, work)
    for turn in range(1 + ROUNDS):
        shops = MORE_SHOPS if turn else SHOPS
        played = settings(PLAYED, max_examples=shops, phases=[Phase.generate])
        run_state_machine_as_test(seed(SEED + turn)(ShopMachine), settings=played)
        missing = [what for what in RARE if not ShopMachine.seen[what]]
        if not missing:
            break
    assert ShopMachine.steps >= STEPS
    assert not missing, ShopMachine.seen
