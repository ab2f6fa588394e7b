"""Rows that are dear to make, kept and put back: a test that needs them gets them in moments."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from redis import Redis

from mall.config import Config
from mall.kernel.engine import libpq_address

_TABLES = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND c.relname <> 'alembic_version' AND pg_relation_size(c.oid) > 0
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname
"""
Connection = psycopg.Connection[tuple[Any, ...]]
_COPY = "COPY {} ({}) {} (FORMAT binary)"


@dataclass(frozen=True)
class Kept:
    """What PostgreSQL and Redis held at a moment."""

    at: float
    tables: list[tuple[str, list[str], bytes]]
    keys: list[tuple[bytes, int, bytes]]

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.at


def keep(app: Flask, redis: Redis) -> Kept:
    """All rows and keys that there are now. Ids that sequences gave are not given again."""
    at = time.monotonic()
    with _connection(app) as connection:
        tables = [
            (name, columns, _copied(connection, name, columns))
            for name, columns in connection.execute(_TABLES).fetchall()
        ]
    keys = [(key, redis.pttl(key), redis.dump(key)) for key in redis.scan_iter("*")]
    return Kept(at, tables, keys)


def put_back(app: Flask, redis: Redis, kept: Kept) -> None:
    """Make an empty database and an empty Redis hold what was kept."""
    with _connection(app) as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for name, columns, rows in kept.tables:
            with connection.cursor().copy(_statement(name, columns, "FROM STDIN")) as copy:
                copy.write(rows)
    for key, ttl_ms, value in kept.keys:
        redis.restore(key, max(ttl_ms, 0), value)


def _connection(app: Flask) -> Connection:
    config: Config = app.extensions["mall.config"]
    return psycopg.connect(libpq_address(config.database_url), autocommit=True)


def _copied(connection: Connection, name: str, columns: list[str]) -> bytes:
    with connection.cursor().copy(_statement(name, columns, "TO STDOUT")) as copy:
        return b"".join(bytes(part) for part in copy)


def _statement(name: str, columns: list[str], way: str) -> sql.Composed:
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(_COPY).format(sql.Identifier(name), named, sql.SQL(way))
