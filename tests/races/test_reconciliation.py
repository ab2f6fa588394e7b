"""Runs of one day at once; with a control in which the lease guards nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db
from mall.payments.reconciliation import running
from mall.payments.reconciliation.running import reconcile
from tests.support.payments import Shop
from tests.support.races import together
from tests.support.servers import LiveServer

AT_ONCE = 4


@pytest.fixture
def day(app: Flask, simulator: LiveServer, work: Callable[[], None]) -> date:
    """Yesterday, with one payment in its bill that nobody knows; the bill comes slowly."""
    shop, yesterday = Shop(app, simulator, work), shop_day(utc_now()) - timedelta(days=1)
    shop.control("/settings", bill_state="ready")
    shop.control("/bill/faults", kind="unknown", amount_fen=777, date=yesterday.isoformat())
    shop.fault("api", "delay", path="/v3/bill", seconds=0.5, count=None)
    return yesterday


def counted(statement: str) -> int:
    db.session.rollback()
    return int(db.session.scalar(text(statement)) or 0)


def test_one_of_many_runs_does_the_work(app: Flask, day: date) -> None:
    outcomes = together(app, [partial(reconcile, day)] * AT_ONCE)
    assert sorted(map(str, outcomes)) == [*["busy"] * (AT_ONCE - 1), "done"]
    assert counted("SELECT run FROM reconciliations") == 1
    assert counted("SELECT count(*) FROM reconciliation_findings") == 1


def test_control_without_a_lease_the_work_is_done_over(
    app: Flask, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them ask WeChat; the number of the run still lets only the last one write."""
    monkeypatch.setattr(running, "LEASE_S", -1)
    outcomes = together(app, [partial(reconcile, day)] * AT_ONCE)
    assert counted("SELECT run FROM reconciliations") == AT_ONCE
    assert outcomes.count("done") == 1
    assert outcomes.count("busy") == AT_ONCE - 1, "those that were overtaken"
    assert counted("SELECT count(*) FROM reconciliation_findings") == 1
    assert counted("SELECT count(*) FROM bill_lines") == 0
