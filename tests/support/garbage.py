"""Python's garbage collector in a test process: what is loaded once isn't looked through again.

A worker holds 700,000 objects of modules, classes and collected tests, all of which stay. (How
often the collector looks at new ones is set by `mall`.)
"""

from __future__ import annotations

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported by now: take it out of the collector's sight."""
    gc.collect()
    gc.freeze()
