"""The servers of a worker: started once, with a fresh database for each run of tests.

Migrating takes longer than most tests, so it is done once; a run gets a copy of that database.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis


class Servers:
    """A PostgreSQL and a Redis with their data in `directory`. `stop` them."""

    def __init__(self, directory: Path) -> None:
        self._postgres = EmbeddedPostgres(directory / "postgres", fast=True)
        self._redis = EmbeddedRedis(directory / "redis", persistent=False)
        self._template = self._postgres.start()
        self._numbers = itertools.count(1)
        self.template = {
            "TEST_DATABASE_URL": self._template,
            "TEST_REDIS_URL": self._redis.start(),
        }
        """The environment of the run that migrates what the others get a copy of."""

    @contextmanager
    def database(self) -> Iterator[dict[str, str]]:
        """The environment of a run with a migrated and empty database of its own."""
        name = f"run_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE mall STRATEGY file_copy")
        try:
            url = self._template.replace("/mall?", f"/{name}?")
            yield self.template | {"TEST_DATABASE_URL": url, "TEST_DATABASE_MIGRATED": "1"}
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._postgres.remove()
        self._redis.stop()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            self._template.replace("/mall?", "/postgres?"), autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[arg-type]
