"""Behind PgBouncer: in session mode all works, in transaction mode the mall refuses to run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlalchemy import text

from mall.application import create_app
from mall.cli import main
from mall.config import Config
from mall.kernel.db import db
from mall.kernel.pooling import TransactionPooling, refuse_transaction_pooling
from mall.runtime.postgres import EmbeddedPostgres
from tests.conftest import ROOT
from tests.faults.mall_process import command_of
from tests.support.parallel import free_port
from tests.support.pgbouncer import PROGRAM, pooled

JOURNEYS = (
    "tests/journeys/test_payments.py",
    "tests/journeys/test_payment_refunds.py",
    "tests/journeys/test_coupons.py",
    "tests/kernel/test_timers.py",
)
COMMANDS = (["worker"], ["worker", "--once"], ["flash-worker"], ["db", "upgrade"])
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs PgBouncer: apt install pgbouncer")


@pytest.fixture
def own_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database of the test's own, empty."""
    own, name = postgres.start(), "pooled"
    with psycopg.connect(own, autocommit=True) as connection:
        create, drop = "CREATE DATABASE {}", "DROP DATABASE {} WITH (FORCE)"
        connection.execute(sql.SQL(create).format(sql.Identifier(name)))
        yield own.replace("/mall?", f"/{name}?")
        connection.execute(sql.SQL(drop).format(sql.Identifier(name)))


@pytest.fixture
def by_transaction(own_database: str) -> Iterator[str]:
    with pooled(own_database, "transaction") as url:
        yield url


def run(
    arguments: list[str], environment: dict[str, str], timeout_s: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def test_core_journeys_pass_in_session_mode(own_database: str, tmp_path: Path) -> None:
    with pooled(own_database, "session") as url:
        options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'pytest'}"]
        done = run(
            [sys.executable, "-m", "pytest", *options, *JOURNEYS], {"TEST_DATABASE_URL": url}, 300
        )
    assert done.returncode == 0, done.stdout[-3000:]


def test_time_outs_hold_in_session_mode(own_database: str, own_environment: dict[str, str]) -> None:
    with pooled(own_database, "session") as url:
        refuse_transaction_pooling(url)
        app = create_app(Config.from_env({**own_environment, "DATABASE_URL": url}))
        with app.app_context():
            assert db.session.scalar(text("SHOW statement_timeout")) == "15s"
            assert db.session.scalar(text("SHOW lock_timeout")) == "5s"
            db.session.remove()
            db.engine.dispose()


def test_it_is_found_every_time(by_transaction: str) -> None:
    for _ in range(20):
        with pytest.raises(TransactionPooling):
            refuse_transaction_pooling(by_transaction)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_starts_in_transaction_mode(
    by_transaction: str, own_environment: dict[str, str], command: list[str]
) -> None:
    environment = {**own_environment, "DATABASE_URL": by_transaction}
    done = CliRunner().invoke(main, command, env=environment)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: DATABASE_URL leads to a pooler in transaction mode")


def test_no_web_starts_in_transaction_mode(
    by_transaction: str, own_environment: dict[str, str]
) -> None:
    more = {"DATABASE_URL": by_transaction, "MALL_PORT": str(free_port())}
    done = run(command_of("web"), {**own_environment, **more}, 60)
    assert done.returncode == 1
    assert "Error: DATABASE_URL leads to a pooler in transaction mode" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_web_that_runs_is_not_ready(by_transaction: str, own_environment: dict[str, str]) -> None:
    """One that was started by another server than gunicorn, or when PostgreSQL was away."""
    app = create_app(Config.from_env({**own_environment, "DATABASE_URL": by_transaction}))
    ready = app.test_client().get("/readyz")
    assert ready.status_code == 503
    assert "pooler in transaction mode" in ready.get_json()["checks"]["postgresql"]
    with app.app_context():
        db.engine.dispose()
