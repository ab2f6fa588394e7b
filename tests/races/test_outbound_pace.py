"""Worker processes share the pace of a kind; one that is killed takes nothing along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.kernel.outbound import enqueue
from mall.kernel.outbound_jobs import sweep_outbound_calls
from mall.wechat.gateway import PrepayRequest, gateway
from tests.conftest import EMPTY_ALL, ROOT
from tests.support.outbound import slots_kept
from tests.support.paced_worker import PACED, PAYMENTS, PER_S, UNPACED
from tests.support.races import execute
from tests.support.servers import LiveServer
from tests.support.wechat import control, login_code

Workers = list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line for each call: the process that made it."""
    made = tmp_path_factory.mktemp("pace") / "calls"
    made.touch()
    return made


@pytest.fixture(scope="module")
def workers(
    migrated_app: Flask, environment: dict[str, str], simulator: LiveServer, file: Path
) -> Iterator[Workers]:
    """Two worker processes, and payments at WeChat that they can refund."""
    command = [sys.executable, "-m", "tests.support.paced_worker", str(file)]
    with migrated_app.app_context():
        execute(EMPTY_ALL)
        processes = [
            subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) for _ in range(2)
        ]
        try:
            pay(simulator)
            wait_until("SELECT count(*) = 2 FROM procrastinate_workers", within_s=60)
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait(10)
            db.session.remove()


def pay(simulator: LiveServer) -> None:
    """The payments, of which no refund ends: WeChat has nothing to tell."""
    control(simulator, "/reset")
    control(simulator, "/refunds/policy", outcome="PROCESSING", count=None)
    _, openid = login_code(simulator)
    for number in range(PAYMENTS):
        gateway().pay.prepay(
            PrepayRequest(
                appid=gateway().pay.appid,
                mchid=gateway().pay.mchid,
                description="四件套",
                out_trade_no=f"PACED{number}",
                total_fen=100,
                openid=openid,
                notify_url="http://127.0.0.1:9/paid",
                time_expire=datetime.now(UTC) + timedelta(minutes=10),
            )
        )
        control(simulator, f"/payments/PACED{number}/approve")


def value(sql: str) -> Any:
    db.session.rollback()
    return db.session.scalar(text(sql))


def wait_until(sql: str, *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not value(sql):
        assert time.monotonic() < deadline, sql
        time.sleep(0.05)


def put_in(kind: str, keys: range) -> None:
    with transaction() as session:
        for key in keys:
            enqueue(session, kind, key)


def test_workers_of_two_processes_keep_one_pace(
    workers: Workers, simulator: LiveServer, file: Path
) -> None:
    control(simulator, "/settings", refunds_per_s=PER_S + 10)
    with slots_kept() as gaps:
        put_in(PACED, range(80))
        wait_until("SELECT count(*) = 80 FROM outbound_calls WHERE state = 'done'")
        assert len(gaps()) == 79
        assert min(gaps()) >= 1 / PER_S
    assert value("SELECT max(attempts) FROM outbound_calls") == 1
    assert value("SELECT slow_until FROM outbound_paces") is None, "WeChat throttled"
    assert set(file.read_text().split()) == {str(worker.pid) for worker in workers}


def test_what_a_killed_worker_was_at_is_done_by_the_other(
    workers: Workers, simulator: LiveServer, file: Path
) -> None:
    known, before = refunds_at_wechat(simulator), len(file.read_text().split())
    with slots_kept() as gaps:
        put_in(PACED, range(100, 160))
        while len(file.read_text().split()) < before + 10:
            time.sleep(0.01)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait(10)
        minutes_later()
        wait_until("SELECT count(*) = 60 FROM outbound_calls WHERE state = 'done' AND key >= 100")
        assert min(gaps()) >= 1 / PER_S
    refunds = refunds_at_wechat(simulator) - known
    assert refunds == Counter({f"PACED{key}": 1 for key in range(100, 160)})


def minutes_later() -> None:
    """The leases of the dead worker's calls are over, and the sweep comes."""
    execute(
        "UPDATE outbound_calls SET due_at = now(), claimed_until = now() WHERE due_at IS NOT NULL"
    )
    sweep_outbound_calls()


def refunds_at_wechat(simulator: LiveServer) -> Counter[str]:
    """How many refunds WeChat has made, by their number."""
    found = requests.get(f"{simulator.url}/_control/refunds", timeout=10).json()["refunds"]
    return Counter(refund["out_refund_no"] for refund in found)


def test_control_without_a_pace_wechat_throttles(workers: Workers, simulator: LiveServer) -> None:
    control(simulator, "/settings", refunds_per_s=10)
    put_in(UNPACED, range(200, 230))
    wait_until(f"SELECT count(*) = 0 FROM outbound_calls WHERE kind = '{UNPACED}' AND attempts = 0")
    wait_until("SELECT count(*) = 0 FROM outbound_calls WHERE state = 'sending'")
    assert value("SELECT count(*) FROM outbound_calls WHERE state = 'unknown'") > 0
