"""Which tests are for a developer's loop: `make test-fast` runs those marked `fast`.

Nobody marks them by hand. Fast are: tests that ask for no database, no Redis and no
simulator of the run (pure rules, for the most part); the contract tests; one journey.
"""

from __future__ import annotations

import pytest

SERVERS = frozenset({"database_url", "redis_url", "simulator"})
ALSO_FAST = ("tests/contract/", "tests/journeys/test_payments.py")
SLOW = (
    "tests/runtime/",
    "tests/simulator/",
    "tests/contract/test_production_packages.py",
    "tests/kernel/test_process_costs.py",
)
"""These start servers or processes of their own, or install packages."""


def mark_fast(items: list[pytest.Item]) -> None:
    for item in items:
        if is_fast(item.nodeid, set(getattr(item, "fixturenames", ()))):
            item.add_marker(pytest.mark.fast)


def is_fast(test: str, fixtures: set[str]) -> bool:
    if test.startswith(SLOW):
        return False
    return test.startswith(ALSO_FAST) or not fixtures & SERVERS
