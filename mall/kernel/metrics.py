"""The classes of our metrics: imported from here, not from prometheus_client.

Where several processes share a directory (PROMETHEUS_MULTIPROC_DIR) that library asks the
kernel for the process id at each change of a value, to notice a fork: three system calls a
request. Here the id is kept and Python tells of forks.
"""

from __future__ import annotations

import os

from prometheus_client import Counter, Gauge, Histogram, values

__all__ = ["Counter", "Gauge", "Histogram"]


class _Process:
    """Which process this is."""

    id = os.getpid()

    @classmethod
    def forked(cls) -> None:
        cls.id = os.getpid()


if values.ValueClass is not values.MutexValue:  # the library saw the directory
    # Before the first metric is made: two such classes would write into one file.
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: _Process.id)  # type: ignore[no-untyped-call]
    os.register_at_fork(after_in_child=_Process.forked)
