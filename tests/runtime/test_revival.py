"""A server that died is started again, but not for ever, and never beside what it left behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from mall.runtime.errors import RuntimeFault
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from mall.runtime.revival import MOST, WITHIN_S, Revival
from tests.runtime.helpers import alive, eventually


class Clock:
    """The watch's time: it goes on when it is told to, and a second each time it is asked."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        self.time += 1.0
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watched(tmp_path: Path, clock: Clock) -> Iterator[Revival]:
    server = EmbeddedRedis(tmp_path / "redis", persistent=False)
    yield Revival(server, server.start(), clock)
    server.stop()


def kill(revival: Revival) -> None:
    pid = revival.server.pid
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))


def test_it_is_started_again_and_says_so(watched: Revival) -> None:
    assert watched.restart_if_dead() is None
    kill(watched)
    assert watched.restart_if_dead() == f"Redis ended; again in 1 s · {watched.server.log}"
    assert watched.restart_if_dead() == "Redis is back"
    assert watched.server.is_running
    assert watched.restart_if_dead() is None


def test_one_that_goes_on_dying_is_given_up(watched: Revival) -> None:
    for _ in range(MOST):
        kill(watched)
        watched.restart_if_dead()
        assert watched.restart_if_dead() == "Redis is back"
    kill(watched)
    with pytest.raises(RuntimeFault, match="Redis stopped again and again while the mall was open"):
        watched.restart_if_dead()


def test_old_deaths_are_forgotten(watched: Revival, clock: Clock) -> None:
    for _ in range(MOST + 1):
        kill(watched)
        watched.restart_if_dead()
        assert watched.restart_if_dead() == "Redis is back"
        clock.time += WITHIN_S


def is_active(url: str, backend: int) -> bool:
    asked = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(url) as other:
        return other.execute(asked, (backend,)).fetchone() == (True,)


def test_what_a_killed_postgresql_left_is_ended_first(tmp_path: Path) -> None:
    """A busy backend doesn't notice that its server is gone, and would write on."""
    server = EmbeddedPostgres(tmp_path / "postgres", fast=True)
    url = server.start()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            backend = connection.info.backend_pid

            def be_busy() -> None:
                with suppress(psycopg.Error):
                    connection.execute("DO $$ BEGIN LOOP END LOOP; END $$")

            busy = threading.Thread(target=be_busy)
            busy.start()
            assert eventually(lambda: is_active(url, backend))
            postmaster = server.pid
            os.kill(postmaster, signal.SIGKILL)
            assert eventually(lambda: not alive(postmaster))
            assert alive(backend)
            assert server.start() == url
            assert not alive(backend)
            busy.join(10)
        with psycopg.connect(url) as again:
            assert again.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.remove()
