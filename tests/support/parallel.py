"""Tests on several cores: each worker is a process with servers and ports of its own.

Which worker runs a test is decided by its group. A file is one, so what its fixtures set
up is set up once. What takes all cores for itself (whole malls of many processes) is another,
so that there is never more than one of these at a time. The long ones are handed out first, so
that nobody waits for the last of them at the end.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import closing, suppress
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.fast import mark_fast

MOST_WORKERS = 4
GIVEN_SERVERS = ("TEST_DATABASE_URL", "TEST_REDIS_URL")
FIRST = "tests/contract/test_sources.py"
"""Types and lint: what a developer wants to know soonest; mypy's cold cache costs most."""
ALONE = (
    "tests/runtime/test_supervisor.py",
    "tests/faults/test_flash_",
    "tests/races/test_flash_sale.py",
)
LONG = (
    "tests/stateful/",
    "tests/payments/test_kills.py",
    "tests/races/test_lock_order.py",
    "tests/runtime/",
    "tests/faults/",
    "tests/bad_input/test_document.py",
    "tests/journeys/test_real_catalogue.py",
    "tests/catalog/test_import_real.py",
    "tests/simulator/test_running.py",
    "tests/bad_input/",
)
"""Longest first."""
EACH_FOR_ITSELF = ("tests/bad_input/test_document.py", "tests/bad_input/test_bodies.py")
PORTS = range(15_000, 32_000)
"""Below those that systems hand out to whoever connects: no client sits on ours meanwhile."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One for each core that we may use, up to four; none where there is but one."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    if any(name in os.environ for name in GIVEN_SERVERS):
        return 0  # one given server can't be everybody's
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(cores, MOST_WORKERS) if cores > 1 else 0


class ByGroup(LoadScopeScheduling):
    """Hands out whole groups, in our order.

    By the node id alone: the groups of `--dist loadgroup` are lost with pytest 9.2, whose items
    no longer take the suffix by which xdist 3.8 tells them apart.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """Whatever `-n` is."""
    config.option.loadscopereorder = False
    return ByGroup(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the fast ones, and hand the long ones out first."""
    mark_fast(items)  # before pytest looks for the markers that were asked for
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(_file(item.nodeid)))


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def group_of(nodeid: str) -> str:
    """Which tests stay with this one, on one worker."""
    file = _file(nodeid)
    if file.startswith(ALONE):
        return "alone"
    return nodeid if file in EACH_FOR_ITSELF else file


def _turn(file: str) -> int:
    """Those that run alone take longest together."""
    order = [FIRST, ALONE, *LONG]
    return next((turn for turn, names in enumerate(order) if file.startswith(names)), len(order))


def free_port() -> int:
    """A port on which nothing listens, drawn so that two test runs hardly draw the same."""
    while True:
        port = random.choice(PORTS)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
