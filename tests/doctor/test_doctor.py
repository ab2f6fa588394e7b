"""`mall doctor` and the alarm: what they show and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from structlog.testing import capture_logs

from mall.doctor import jobs
from mall.doctor.attention import attention_lists
from mall.kernel.db import db, transaction
from mall.kernel.http.health import migration_heads
from mall.kernel.jobs import defer
from mall.shipping import commands
from tests.support.cli import mall
from tests.support.http import Http
from tests.support.shipping import make_paid_order


@pytest.fixture
def doctor(app: Flask) -> Callable[..., Result]:
    """Run `mall doctor` in this app."""

    def run(*options: str) -> Result:
        db.session.rollback()
        return mall(app, "doctor", *options)

    return run


def break_stock() -> None:
    """Units from nowhere: the movements don't explain them."""
    db.session.execute(text("UPDATE stocks SET received = received + 1, sellable = sellable + 1"))
    db.session.commit()


def test_a_sound_shop_ends_well(doctor: Callable[..., Result]) -> None:
    make_paid_order(1)
    result = doctor()
    assert result.exit_code == 0, result.output
    assert "I3a" in result.output
    assert "each stock row is the sum of its movements" in result.output
    assert "postgresql" in result.output


def test_a_broken_one_ends_with_one_and_names_the_row(doctor: Callable[..., Result]) -> None:
    make_paid_order(1)
    break_stock()
    result = doctor()
    assert result.exit_code == 1
    assert "I3b: sku_id=" in result.output
    report = json.loads(doctor("--json").output)
    assert [v["code"] for v in report["violations"]] == ["I3b"]
    assert report["parts"]["migrations"] == "ok"


def test_every_list_can_be_asked(app: Flask) -> None:
    assert {one.of.name: one.fault for one in attention_lists() if one.fault} == {}


def test_what_needs_somebody_is_shown_but_isnt_broken(doctor: Callable[..., Result]) -> None:
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    db.session.execute(
        text("UPDATE shipping_reports SET status = 'failed', error_code = '10060031'")
    )
    db.session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    db.session.commit()
    result = doctor()
    assert result.exit_code == 0, result.output
    assert "10060031" in result.output
    assert "jobs that were given up" in result.output
    attention = json.loads(doctor("--json").output)["attention"]
    assert attention["failed_shipping_reports"] == 1
    assert attention["dead_letters"] >= 1
    assert attention["stuck_refunds"] == 0


def test_a_schema_that_is_behind_is_told_before_anything(doctor: Callable[..., Result]) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = 'kernel_0001'"))
    db.session.commit()
    try:
        result = doctor()
    finally:
        db.session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": head()})
        db.session.commit()
    assert result.exit_code == 1
    assert "mall db upgrade" in result.output


def head() -> str:
    (name,) = migration_heads()
    return name


def test_the_alarm_shouts_and_sets_the_gauges(http: Http, work: Callable[[], None]) -> None:
    make_paid_order(1)
    work()
    with capture_logs() as quiet:
        jobs.check()
    assert [entry for entry in quiet if entry["event"] == "invariant broken"] == []
    assert (
        'mall_invariant_violations{invariant="I3b",scope="recent"} 0.0' in http.get("/metrics").text
    )
    break_stock()
    with capture_logs() as logs:
        jobs.check()
    (entry,) = [entry for entry in logs if entry["event"] == "invariant broken"]
    assert (entry["invariant"], entry["rows"], entry["log_level"]) == ("I3b", 1, "error")
    metrics = http.get("/metrics").text
    assert 'mall_invariant_violations{invariant="I3b",scope="recent"} 1.0' in metrics
    assert 'mall_attention_items{list="failed_shipping_reports"} 0.0' in metrics


def test_the_alarm_is_a_job(app: Flask, work: Callable[[], None]) -> None:
    with transaction() as session:
        defer(session, "doctor.check")
    work()
    status = db.session.scalar(
        text("SELECT status FROM procrastinate_jobs WHERE task_name = 'doctor.check'")
    )
    assert status == "succeeded"
