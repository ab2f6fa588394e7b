"""The classes of our metrics: imported from here, not from prometheus_client.

Where several processes share a directory (PROMETHEUS_MULTIPROC_DIR) that library asks the
kernel for the process id at each change of a value, to notice a fork: three system calls a
request. Here the id is kept and Python tells of forks.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter as Count
from collections.abc import Sequence

import prometheus_client
from prometheus_client import Counter, Gauge, values

__all__ = ["METRIC", "Counter", "Gauge", "Histogram", "Metric"]


class Histogram(prometheus_client.Histogram):
    """The library's, which can take many values at once."""

    def observe_all(self, amounts: Sequence[float]) -> None:
        """As `observe` of each, with one write a bucket."""
        self._raise_if_not_observable()  # type: ignore[no-untyped-call]
        self._sum.inc(sum(amounts))
        places = Count(bisect_left(self._upper_bounds, amount) for amount in amounts)
        for place, count in places.items():
            self._buckets[place].inc(count)


Metric = Counter | Gauge | prometheus_client.Histogram
METRIC = (Counter, Gauge, prometheus_client.Histogram)
"""For `isinstance`."""


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
