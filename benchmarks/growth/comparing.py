"""The two shops, what is tried in both, and the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from rich.console import Console
from sqlalchemy import event, text

from benchmarks.growth.amplifying import History
from benchmarks.growth.questions import filled, questions
from benchmarks.growth.stories import Played, play
from benchmarks.growth.tables import SMALL
from benchmarks.report import Row
from benchmarks.stack import Stack, running, stop
from mall.application import create_app
from mall.config import Config
from mall.doctor.checking import RECENT, broken_rows
from mall.kernel.db import db, transaction
from mall.kernel.invariants import INVARIANTS, Invariant
from mall.kernel.jobs import JOBS

MOST_GROWTH = 1.3
LEAST_MS = 0.5
"""What grew by less isn't told from noise."""
LONG = "many_orders"
ALL = 1_000_000_000
say = Console(stderr=True).print
Ask = Callable[[], object]


@dataclass
class Shop:
    """One of the two: an app on its database, in this process."""

    app: Flask
    played: Played
    slowest: tuple[float, str] = (0.0, "")
    _since: list[float] = field(default_factory=list)

    def listen(self) -> None:
        """Note the slowest statement of each thing that is tried."""
        with self.app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._begin)
            event.listen(db.engine, "after_cursor_execute", self._end)

    def _begin(self, *_: Any) -> None:
        self._since.append(time.perf_counter())

    def _end(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        took = time.perf_counter() - self._since.pop()
        self.slowest = max(self.slowest, (took, statement))

    def took_ms(self, ask: Ask) -> float:
        """How long one thing takes."""
        self.slowest = (0.0, "")
        began = time.perf_counter()
        ask()
        return 1e3 * (time.perf_counter() - began)


def compare(few: int, many: int, rounds: int, *, everything: bool = False) -> Iterator[Row]:
    """Rows of what is slower with `many` orders than with `few` by more than it may, and of how
    many things were tried; with `everything` a row of each."""
    with running() as stack, _shops(stack, few, many) as (short, long):
        tried = grown = 0
        for (name, in_short), (_, in_long) in zip(_asks(short), _asks(long), strict=True):
            row = _row(name, (short, in_short), (long, in_long), rounds)
            tried, grown = tried + 1, grown + (row.holds is False)
            if everything or row.holds is False:
                yield row
        yield Row(f"things tried at {few:,} and at {many:,} orders", tried, "")
        yield Row("of them grew", grown, "", "= 0", grown == 0)


def _row(name: str, few: tuple[Shop, Ask], many: tuple[Shop, Ask], rounds: int) -> Row:
    """By turns; what looks as if it had grown is looked at again for longer."""
    (short, in_short), (long, in_long) = few, many
    for times in (rounds, 4 * rounds):
        pairs = [(short.took_ms(in_short), long.took_ms(in_long)) for _ in range(times + 1)][1:]
        before, after = (median(side) for side in zip(*pairs, strict=True))
        holds = after <= MOST_GROWTH * before or after - before < LEAST_MS
        if holds:
            break
    statement = " ".join(long.slowest[1].split())[:150]
    unit = f"× ({before:.1f} → {after:.1f} ms)" + ("" if holds else f" {statement}")
    return Row(name, after / before, unit, f"<= {MOST_GROWTH:g}", holds)


@contextmanager
def _shops(stack: Stack, few: int, many: int) -> Iterator[tuple[Shop, Shop]]:
    """Both shops, grown; nothing else runs on their databases."""
    say("playing the stories …")
    played = play(stack)
    stop(stack.worker)
    stop(stack.web.process)
    with stack.app.app_context():
        db.session.remove()
        db.engine.dispose()
    long_url = stack.database_url.replace("/mall?", f"/{LONG}?")
    with psycopg.connect(stack.database_url.replace("/mall?", "/postgres?"), autocommit=True) as c:
        name = sql.Identifier(LONG)
        c.execute(sql.SQL("CREATE DATABASE {} TEMPLATE mall").format(name))
    for url, orders in ((stack.database_url, few), (long_url, many)):
        say(f"growing to {orders:,} orders …")
        with psycopg.connect(url, autocommit=True) as connection:
            for table, rows in History(connection, SMALL).grow_to(orders):
                if rows > many:
                    say(f"  {table}: {rows:,} rows")
    yield _shop(stack, stack.database_url, played), _shop(stack, long_url, played)


def _shop(stack: Stack, url: str, played: Played) -> Shop:
    more = {"DATABASE_URL": url, "MALL_LOG_LEVEL": "CRITICAL"}
    shop = Shop(create_app(Config.from_env({**stack.environment, **more})), played)
    shop.listen()
    return shop


def _asks(shop: Shop) -> Iterator[tuple[str, Ask]]:
    yield from _reads(shop)
    yield from _purchases(shop)
    with shop.app.app_context():
        sweeps, invariants = JOBS.items(), INVARIANTS.items()
    for name, job in sweeps.items():
        if job.cron and not name.startswith("doctor."):
            yield f"sweep {name}", _inside(shop, job.run)
    for code, one in invariants.items():
        if one.find is None:
            yield f"invariant {code}", _inside(shop, partial(_broken, one))


def _inside(shop: Shop, ask: Ask) -> Ask:
    def run() -> None:
        with shop.app.app_context():
            ask()
            db.session.remove()

    return run


def _broken(one: Invariant) -> None:
    """Every row that breaks it, so that finding some early saves nothing."""
    with transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = '600s'"))
        broken_rows(session, one, recent=RECENT, limit=ALL)


def _reads(shop: Shop) -> Iterator[tuple[str, Ask]]:
    for path, query in questions(shop.app):
        token = shop.played.staff if path.startswith("/admin/") else shop.played.shopper
        asked = filled(path, shop.played.ids)
        name = f"GET {path} {' '.join(query)}".strip()
        yield name, _request(shop, "GET", asked, token, query_string=query)


def _purchases(shop: Shop) -> Iterator[tuple[str, Ask]]:
    wanted = shop.played.order
    yield "quote", _request(shop, "POST", "/api/v1/quotes", shop.played.shopper, json=wanted)

    def place() -> None:
        quote = _request(shop, "POST", "/api/v1/quotes", shop.played.shopper, json=wanted)()
        body = {**wanted, "expected_payable_fen": quote["payable_fen"]}
        _request(shop, "POST", "/api/v1/orders", shop.played.shopper, json=body)()

    yield "quote and placing", place


def _request(
    shop: Shop, method: str, path: str, token: str, **more: Any
) -> Callable[[], Mapping[str, Any]]:
    def ask() -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        with shop.app.test_client() as client:
            answer = client.open(path, method=method, headers=headers, **more)
            if answer.status_code >= 500:
                raise RuntimeError(f"{method} {path}: {answer.status_code}")
            found: Mapping[str, Any] = answer.get_json(silent=True) or {}
            return found

    return ask
