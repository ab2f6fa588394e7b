"""Python's garbage collector in a test process: what is loaded once isn't looked through again.

A worker holds 700,000 objects of modules, classes and collected tests, all of which stay. Left
alone, the collector went through them a few hundred times in a run: a fourteenth of its time.
"""

from __future__ import annotations

import gc

import pytest

NEW_OBJECTS = 20_000
"""So many between two looks at the youngest; Python's own 700 suits programs of a small heap."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported by now: take it out of the collector's sight."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)
