"""Few units, many shoppers: nobody gets one too many, whatever is tried twice."""

from __future__ import annotations

import json
import random

from benchmarks import load
from benchmarks.flash import sale
from benchmarks.flash.bench import PATH, Bench
from benchmarks.flash.load_tool import Attempt, requests_of
from benchmarks.flash.servers import WAYS
from benchmarks.report import Row, exactly
from mall.flashsale.gate import unpack

UNITS, SHOPPERS, TRIES = 500, 5_000, 4


def measure(bench: Bench) -> list[Row]:
    """20,000 attempts of 5,000 shoppers on 500 units with a limit of 2, at each way of serving."""
    oversold = over = wrong = 0
    for server in WAYS:
        (where,) = sale.open_sale(bench.tier, left=UNITS)
        attempts = sale.attempts(bench.tier, SHOPPERS)
        wanted = [
            Attempt(one.token, f"{one.key}{turn // 2}", one.item_id, one.user_id)
            for turn in range(TRIES)  # each key twice: a repeat gets its first ticket
            for one in attempts
        ]
        random.Random(7).shuffle(wanted)
        outcome = load.run(
            bench.tier.ports[server, "mall"], list(requests_of(PATH, wanted)), connections=64
        )
        shard = where.parts[0]
        records: list[bytes] = bench.tier.redis.hvals(shard.held)  # type: ignore[assignment]
        held = [sum(one.holds for one in unpack(record)) for record in records]
        oversold += max(sum(held) - UNITS, 0)
        over += sum(units > 2 for units in held)
        wrong += abs(bench.tier.redis.xlen(shard.stream) - UNITS)
        if outcome.statuses[202] < UNITS or set(outcome.statuses) - {202, 409}:
            raise RuntimeError(json.dumps(outcome.statuses))
        sale.forget_sold_out()
    return [
        exactly("rush of 20,000 on 500 units: oversold", oversold, "units", 0),
        exactly("rush: shoppers over their limit", over, "shoppers", 0),
        exactly("rush: tickets lost or doubled", wrong, "tickets", 0),
    ]
