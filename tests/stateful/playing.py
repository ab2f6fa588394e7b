"""How the machine is played, in the tests and in the soak alike."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from hypothesis import HealthCheck, settings

from tests.stateful.machine import ShopMachine
from tests.support.servers import LiveServer

STEPS_OF_A_SHOP = 90
PLAYED = settings(
    stateful_step_count=STEPS_OF_A_SHOP,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def surround(app: Flask, simulator: LiveServer, work: Callable[[], None]) -> None:
    """Let the machine play with these, from step nought."""
    ShopMachine.surroundings = (app, simulator, work)
    ShopMachine.steps = 0
    ShopMachine.seen.clear()
