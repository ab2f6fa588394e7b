"""The long history of the benchmark is a sound one: every foreign key leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from redis import Redis

from benchmarks.growth.amplifying import FOREIGN_KEYS, Connection, History
from benchmarks.growth.tables import SMALL
from mall.config import current_config
from mall.kernel.engine import libpq_address
from tests.bad_input.world import World, a_world


@pytest.fixture
def world(app: Flask, redis: Redis) -> World:
    return a_world(app, redis)


@pytest.fixture
def connection(world: World) -> Iterator[Connection]:
    with psycopg.connect(libpq_address(current_config().database_url), autocommit=True) as one:
        yield one
        one.execute("DROP SCHEMA growth CASCADE")


def test_copies_hang_together(connection: Connection) -> None:
    history = History(connection, SMALL)
    grown = dict(history.grow_to(history.orders * 5))
    assert grown["orders"] == history.orders * 5
    assert not list(history.grow_to(history.orders * 5))
    loose = [
        f"{table}.{column}"
        for table, column, other, key in connection.execute(FOREIGN_KEYS).fetchall()
        if is_loose(connection, (table, column), (other, key))
    ]
    assert loose == []


def is_loose(connection: Connection, of: tuple[str, str], to: tuple[str, str]) -> bool:
    (table, column), (other, key) = of, to
    row = connection.execute(
        f"SELECT EXISTS (SELECT FROM {table} a WHERE a.{column} IS NOT NULL AND NOT EXISTS"
        f" (SELECT FROM {other} b WHERE b.{key} = a.{column}))"
    ).fetchone()
    return row is not None and bool(row[0])
