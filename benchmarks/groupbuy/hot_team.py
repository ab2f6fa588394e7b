"""One hot team: 500 shoppers take a seat of the same team and pay it, 32 at a time."""

from __future__ import annotations

import multiprocessing as mp
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median

from sqlalchemy import text

from benchmarks.groupbuy.shop import (
    Shopper,
    open_team,
    pay,
    price,
    seat,
    shoppers,
    skus,
    start_activity,
)
from benchmarks.report import Row, exactly
from benchmarks.shop import CONNECTIONS
from benchmarks.stack import Stack
from mall.application import create_app
from mall.config import Config
from mall.groupbuy.orders.choice import Joining
from mall.kernel.db import db, transaction

SEATS, PROCESSES = 500, 2
TIERS = {300: 900, SEATS + 1: 800}
"""The team is formed while the shoppers come."""
_FOUND = text(
    """
    SELECT t.reserved, t.paid, k.sold,
        (SELECT count(*) FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
         WHERE m.team_id = t.id AND m.seat AND m.paid_at IS NOT NULL AND o.status = 'paid'
        ) AS members
    FROM groupbuy_teams t JOIN groupbuy_skus k ON k.activity_id = t.activity_id
    WHERE t.id = :team_id
    """
)


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """A new team each round, the same shoppers."""
    sku_id = skus(stack, 1)[0]
    people = shoppers(stack, SEATS + 1)
    rates, lost = [], 0
    for _ in range(min(rounds, 3)):
        with stack.app.app_context():
            activity = start_activity(sku_id, TIERS, units=SEATS + 1)
            team_id = open_team(activity, people[-1])
            shown_fen = price(activity, team_id, people[-1]).seat_fen
        take = partial(_take, team_id=team_id, sku_id=sku_id, shown_fen=shown_fen)
        rates.append(SEATS / _rush(stack, take, people[:-1]))
        with stack.app.app_context(), transaction() as session:
            found = session.execute(_FOUND, {"team_id": team_id}).one()
            lost += sum(abs(SEATS + 1 - n) for n in (found.paid, found.sold, found.members))
            lost += found.reserved
            db.session.remove()
    yield Row(f"group-buy: {SEATS} seats of one team, placed and paid", median(rates), "1/s")
    yield exactly("group-buy: seats, units and members lost of them", lost, "lost", 0)


def _take(shopper: Shopper, *, team_id: int, sku_id: int, shown_fen: int) -> None:
    pay(seat(shopper, Joining(team_id), sku_id, shown_fen))


def _rush(stack: Stack, take: Callable[[Shopper], None], people: Sequence[Shopper]) -> float:
    """Seconds from the first to the last."""
    fork = mp.get_context("fork")
    barrier = fork.Barrier(PROCESSES)
    results: mp.Queue[tuple[float, float] | str] = fork.Queue()
    processes = [
        fork.Process(
            target=_process,
            args=(barrier, results, stack, take, people[n::PROCESSES]),
        )
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=300) for _ in processes]
    for process in processes:
        process.join()
    spans = [one for one in found if not isinstance(one, str)]
    if len(spans) < PROCESSES:
        raise RuntimeError(next(one for one in found if isinstance(one, str)))
    return max(ended for _, ended in spans) - min(began for began, _ in spans)


def _process(
    barrier: mp.synchronize.Barrier,
    results: mp.Queue[tuple[float, float] | str],
    stack: Stack,
    take: Callable[[Shopper], None],
    people: Sequence[Shopper],
) -> None:
    settings = {"MALL_LOG_LEVEL": "ERROR", "MALL_DB_POOL_SIZE": "64"}
    app = create_app(Config.from_env(stack.environment | settings))

    def one(shopper: Shopper) -> None:
        with app.app_context():
            take(shopper)
            db.session.remove()

    try:
        with ThreadPoolExecutor(CONNECTIONS // PROCESSES) as pool:
            barrier.wait(120)
            began = time.perf_counter()
            list(pool.map(one, people))
            results.put((began, time.perf_counter()))
    except Exception as fault:
        results.put(f"{type(fault).__name__}: {fault}"[:300])
