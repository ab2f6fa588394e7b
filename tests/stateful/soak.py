"""The machine for as long as told; not collected by itself, see `python -m tests.stateful`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import ShopMachine
from tests.stateful.playing import PLAYED, surround
from tests.support.servers import LiveServer

ROUND = settings(
    PLAYED,
    max_examples=6,
    phases=[Phase.generate, Phase.shrink],
    print_blob=False,
)


def test_soak(
    app: Flask,
    simulator: LiveServer,
    work: Callable[[], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Round after round, each with the next seed, until the time is over."""
    seconds, number = float(os.environ["SOAK_SECONDS"]), int(os.environ["SOAK_SEED"])
    surround(app, simulator, work)
    began = time.monotonic()
    while True:
        try:
            run_state_machine_as_test(seed(number)(ShopMachine), settings=ROUND)
        except BaseException:
            _say(capfd, f"seed {number} found something; again: make soak SEED={number} SECONDS=1")
            raise
        passed = time.monotonic() - began
        _say(capfd, f"{passed:6.0f} s  {ShopMachine.steps:8d} steps agree  (seed {number})")
        if passed >= seconds:
            return
        number += 1


def _say(capfd: pytest.CaptureFixture[str], line: str) -> None:
    with capfd.disabled():
        sys.stderr.write(line + "\n")
