"""Periodic jobs that come often look first, and looking costs nothing however long the history."""

from __future__ import annotations

import pytest
from croniter import croniter  # type: ignore[import-untyped]
from flask import Flask

from mall.kernel.jobs import JOBS
from tests.support.plans import huge_tables, read_whole

OFTEN_S = 600
UNSEEN = {
    "inventory.refresh_sold_counts": "one statement that compares all products is the look",
}
"""Jobs that come often and are deferred each time, with why that may be."""


def test_what_comes_often_looks_first(app: Flask) -> None:
    often = {
        name for name, job in JOBS.items(app).items() if job.cron and interval_s(job.cron) < OFTEN_S
    }
    looks = {name for name, job in JOBS.items(app).items() if job.look}
    assert often - looks == UNSEEN.keys()
    assert len(looks) > 20


def test_no_look_reads_a_table_that_grows_whole(app: Flask) -> None:
    looks = {name: job.look for name, job in JOBS.items(app).items() if job.look}
    with huge_tables():
        whole = {name: found for name, look in looks.items() if (found := read_whole([(look, ())]))}
    assert not whole


def interval_s(cron: str) -> float:
    times = croniter(cron, 0)
    first = times.get_next(float)
    return float(times.get_next(float) - first)


@pytest.mark.parametrize(("cron", "seconds"), [("* * * * * */5", 5), ("*/10 * * * *", 600)])
def test_intervals(cron: str, seconds: int) -> None:
    assert interval_s(cron) == seconds
