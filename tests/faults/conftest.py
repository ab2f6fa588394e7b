"""A mall on servers of its own, which may be stopped, starved and killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from mall.application import create_app
from mall.cli.database import upgrade_schema
from mall.config import Config
from mall.kernel.db import db
from mall.kernel.jobs import run_pending
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from tests.conftest import EMPTY_ALL
from tests.faults.mall_process import Web, serving
from tests.support.invariants import check_invariants
from tests.support.parallel import free_port
from tests.support.payments import Shop
from tests.support.servers import LiveServer, serve

WECHAT_TIMEOUT_S = 1


@pytest.fixture(scope="package")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("faults") / "postgres", fast=True)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="package")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path_factory.mktemp("faults") / "redis", persistent=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def port() -> int:
    """Where the mall of these tests listens, in this process or in one of its own."""
    return free_port()


@pytest.fixture(scope="package")
def own_environment(
    environment: dict[str, str], postgres: EmbeddedPostgres, redis_server: EmbeddedRedis, port: int
) -> dict[str, str]:
    return {
        **environment,
        "DATABASE_URL": postgres.start(),
        "REDIS_URL": redis_server.start(),
        "MALL_PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "MALL_WECHAT_TIMEOUT_S": str(WECHAT_TIMEOUT_S),
        "MALL_DB_POOL_SIZE": "4",
    }


@pytest.fixture(scope="package")
def own_app(own_environment: dict[str, str]) -> Flask:
    app = create_app(Config.from_env(own_environment))
    with app.app_context():
        upgrade_schema(app)
        db.session.remove()
    return app


@pytest.fixture
def shop(own_app: Flask, simulator: LiveServer) -> Iterator[Shop]:
    """A shop on an empty database; at the end every invariant holds."""

    def work() -> None:
        db.session.remove()
        run_pending(own_app)

    with own_app.app_context():
        db.engine.dispose()  # the test before may have restarted PostgreSQL
        db.session.execute(text(EMPTY_ALL))
        db.session.commit()
        shop = Shop(own_app, simulator, work)
        yield shop
        check_invariants()
        db.session.remove()


@pytest.fixture
def live(own_app: Flask, port: int) -> Iterator[LiveServer]:
    """The mall in this process, where WeChat's callbacks reach it."""
    with serve(own_app, port=port) as server:
        yield server


@pytest.fixture
def web(own_environment: dict[str, str], port: int, tmp_path: Path) -> Callable[..., Web]:
    """`web(failpoint="…")`: the mall under gunicorn, in a block, killed at that point."""

    def start(**more: str) -> Web:
        variables = {f"MALL_{name.upper()}": value for name, value in more.items()}
        return serving({**own_environment, **variables}, port, tmp_path / "web.log")

    return start
