"""The long history of the benchmark is a sound one: every foreign key leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from redis import Redis

from benchmarks.growth.amplifying import CAMPAIGN_ORDERS, FOREIGN_KEYS, Connection, History
from benchmarks.growth.references import CAMPAIGNS
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


def test_each_week_has_its_own_campaigns(connection: Connection) -> None:
    history = History(connection, SMALL)
    weekly = History(connection, SMALL, campaign_orders=history.orders * 3)
    before = {table: count(connection, table) for table in CAMPAIGNS}
    assert before["groupbuy_activities"]
    assert before["ladder_rungs"]
    list(weekly.grow_to(weekly.orders * 6))
    assert {table: count(connection, table) for table in CAMPAIGNS} == {
        table: 2 * rows for table, rows in before.items()
    }
    teams = "SELECT count(DISTINCT activity_id) FROM groupbuy_teams"
    (of_copies,) = connection.execute(teams).fetchone() or (0,)
    (of_stories,) = connection.execute(teams.replace("FROM ", "FROM growth.")).fetchone() or (0,)
    assert of_copies == 2 * of_stories > 0


def count(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("campaign_orders", [1, CAMPAIGN_ORDERS])
def test_copies_hang_together(connection: Connection, campaign_orders: int) -> None:
    history = History(connection, SMALL, campaign_orders)
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
