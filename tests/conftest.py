"""Real parts for every test: an embedded PostgreSQL and Redis, the WeChat simulator.

Commits are real, so a test that needs the database gets it empty: what the test before
left is deleted first. Nothing of ours is mocked.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from mall.application import create_app
from mall.cli.database import upgrade_schema
from mall.config import Config
from mall.kernel.db import db
from mall.kernel.jobs import run_pending
from mall.kernel.redis import connect
from mall.missions.board.in_use import triggers_in_use
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from mall.settings.snapshot import snapshot
from mall.wechat.simulator.app import create_simulator
from mall.wechat.simulator.credentials import Credentials, ensure_credentials
from tests.support.garbage import pytest_collection_finish  # noqa: F401 - a hook
from tests.support.http import Http
from tests.support.looks import watch_sweeps
from tests.support.parallel import (  # noqa: F401 - hooks
    GIVEN_SERVERS,
    free_port,
    pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from tests.support.servers import LiveServer, serve

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def scratch(worker_id: str) -> Iterator[Path]:
    """A directory of this run's; several workers have one each."""
    if worker_id != "master" and any(name in os.environ for name in GIVEN_SERVERS):
        pytest.exit(f"{' or '.join(GIVEN_SERVERS)} is for one worker: run pytest without -n", 2)
    with tempfile.TemporaryDirectory(prefix="mall-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def database_url(scratch: Path) -> Iterator[str]:
    """A PostgreSQL of this run; TEST_DATABASE_URL names another (it will be emptied)."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = EmbeddedPostgres(scratch / "postgres", fast=True)
    yield server.start()
    server.remove()


@pytest.fixture(scope="session")
def redis_url(scratch: Path) -> Iterator[str]:
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = EmbeddedRedis(scratch / "redis", persistent=False)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def credentials(scratch: Path) -> Credentials:
    """What the WeChat consoles would give a merchant, made for this run."""
    return ensure_credentials(scratch / "wechat")


@pytest.fixture(scope="session")
def simulator(credentials: Credentials, scratch: Path) -> Iterator[LiveServer]:
    """The WeChat simulator over real HTTP."""
    with serve(create_simulator(scratch / "wechat", environment="test")) as server:
        yield server


@pytest.fixture(scope="session")
def mall_port() -> int:
    """Where the live mall will listen: WeChat must know it before the mall is up."""
    return free_port()


def _key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="session")
def environment(  # noqa: PLR0917 - fixtures come as arguments
    database_url: str,
    redis_url: str,
    credentials: Credentials,
    simulator: LiveServer,
    mall_port: int,
    scratch: Path,
) -> dict[str, str]:
    """The environment of a mall that talks to this run's servers."""
    return {
        "MALL_ENV": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MALL_PUBLIC_BASE_URL": f"http://127.0.0.1:{mall_port}",
        "MALL_PERSONAL_DATA_KEYS": f"test:{_key()}",
        "MALL_BLIND_INDEX_KEY": _key(),
        "MALL_LOG_LEVEL": "WARNING",
        "MALL_DB_POOL_SIZE": "40",
        "MALL_UPLOADS_DIR": str(scratch / "uploads"),
        # A test presses more often than a shopper; tests of the limits set their own.
        **dict.fromkeys(("MALL_LIMIT_STAFF_LOGIN", "MALL_LIMIT_PHONE_CODE"), "9999/minute"),
        **dict.fromkeys(("MALL_LIMIT_SHOPPER_LOGIN", "MALL_LIMIT_PICKUP_CODE"), "9999/minute"),
        "MALL_LIMIT_MISSION_CODE": "9999/minute",
        "MALL_LIMIT_RACE_CODE": "9999/minute",
        **credentials.environment(simulator.url),
    }


@pytest.fixture(scope="session")
def config(environment: dict[str, str]) -> Config:
    return Config.from_env(environment)


@pytest.fixture(scope="session")
def migrated_app(config: Config) -> Flask:
    """One app for the run, its schema made by the migrations; with TEST_DATABASE_MIGRATED that of
    the given database stands."""
    app = create_app(config)
    watch_sweeps()
    if "TEST_DATABASE_MIGRATED" in os.environ:
        return app
    with app.app_context():
        db.session.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        db.session.commit()
        upgrade_schema(app)
        db.session.remove()
    return app


# Only tables that were ever written have a size, so the many others cost nothing: with 250
# tables this takes 1.5 ms instead of 5, with 75 it takes 0.9 instead of 1.6.
EMPTY_ALL = """
DO $$ DECLARE name text; found boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT relname FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0 LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO found;
    IF found THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
END $$
"""


def empty(app: Flask) -> None:
    """Delete every row; call it in no transaction."""
    with app.app_context():
        db.session.execute(text(EMPTY_ALL))
        db.session.commit()
        snapshot(app).forget()
        triggers_in_use().expire()
        db.session.remove()


@pytest.fixture
def app(migrated_app: Flask, redis: Redis) -> Iterator[Flask]:
    """The app on an empty database and an empty Redis, in an app context."""
    empty(migrated_app)
    with migrated_app.app_context():
        yield migrated_app
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = connect(redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def http(app: Flask) -> Http:
    """JSON over the app's own WSGI, without a socket."""
    return Http(app)


@pytest.fixture
def live_mall(app: Flask, mall_port: int) -> Iterator[LiveServer]:
    """The mall over real HTTP, where WeChat's callbacks reach it."""
    with serve(app, port=mall_port) as server:
        yield server


@pytest.fixture
def work(app: Flask) -> Callable[[], None]:
    """Work off every due job, as a worker would."""

    def run() -> None:
        db.session.remove()
        run_pending(app)

    return run
