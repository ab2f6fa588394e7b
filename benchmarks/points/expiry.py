"""A day's end at which a million lots expire: lots a second of one worker, and its memory."""

from __future__ import annotations

import multiprocessing as mp
import time
from collections.abc import Iterator

import psutil
import psycopg

from benchmarks.points.people import people
from benchmarks.report import Row, at_most
from benchmarks.stack import Stack
from mall.application import create_app
from mall.config import Config
from mall.points.ledger.jobs import expire

LOTS, LOTS_EACH = 1_000_000, 5
MOST_GROWTH_MB = 16
WARM = 10_000
MEBI = 2**20
# All of them ended when today began, as those of a day do.
_GRANTS = """
WITH shoppers AS (
    INSERT INTO points_accounts (user_id, available)
    SELECT unnest(CAST(%(users)s AS bigint[])), 3 * %(each)s RETURNING user_id
), grants AS (
    INSERT INTO points_entries (user_id, kind, source, available)
    SELECT user_id, 'reward', 'expiry:' || user_id || ':' || n, 3
    FROM shoppers, generate_series(1, %(each)s) n
    RETURNING id, user_id
)
INSERT INTO points_lots (user_id, entry_id, granted, remaining, expires_at)
SELECT user_id, id, 3, 3,
       timezone('Asia/Shanghai', date_trunc('day', timezone('Asia/Shanghai', clock_timestamp())))
FROM grants
"""
_LEFT = """
SELECT (SELECT count(*) FROM points_lots WHERE remaining > 0 AND expires_at < now()),
       (SELECT count(*) FROM points_accounts a WHERE user_id = ANY(%(users)s) AND available <> 0),
       (SELECT count(*) FROM points_entries WHERE kind = 'expire')
"""


def measure(stack: Stack, _rounds: int, _seconds: float) -> Iterator[Row]:
    """One pass: a million lots are their own median."""
    users = [person.user_id for person in people(stack, (LOTS + WARM) // LOTS_EACH)]
    _give(stack, users[: WARM // LOTS_EACH])
    pipe, child = mp.Pipe()
    sweeper = mp.get_context("fork").Process(target=_sweep, args=(stack, child))
    sweeper.start()
    pipe.recv()  # warm
    _give(stack, users[WARM // LOTS_EACH :])
    before = psutil.Process(sweeper.pid).memory_info().rss
    pipe.send("go")
    peak = before
    while not pipe.poll(0.2):
        peak = max(peak, psutil.Process(sweeper.pid).memory_info().rss)
    spent = pipe.recv()
    sweeper.join()
    _check(stack, users)
    yield Row(f"expiry of {LOTS:,} lots by one worker", LOTS / spent, "lots/s")
    yield at_most(
        "expiry: growth of the worker's memory", (peak - before) / MEBI, "MiB", MOST_GROWTH_MB
    )


def _give(stack: Stack, users: list[int]) -> None:
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # no keys to check: quick
        connection.execute(_GRANTS, {"users": users, "each": LOTS_EACH})
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE points_accounts, points_entries, points_lots")
        connection.execute("CHECKPOINT")


def _sweep(stack: Stack, pipe: mp.connection.Connection) -> None:
    """The job as a worker runs it, twice: what it has by then in memory isn't growth."""
    app = create_app(Config.from_env(stack.environment | {"MALL_LOG_LEVEL": "ERROR"}))
    with app.app_context():
        expire()
        pipe.send("warm")
        pipe.recv()
        started = time.perf_counter()
        expire()
        pipe.send(time.perf_counter() - started)


def _check(stack: Stack, users: list[int]) -> None:
    with psycopg.connect(stack.database_url) as connection:
        found = connection.execute(_LEFT, {"users": users}).fetchone()
    if found != (0, 0, LOTS + WARM):
        raise RuntimeError(f"due lots, accounts with points, entries: {found}")
