"""What an admitted ticket takes in Redis."""

from __future__ import annotations

from benchmarks.flash import sale
from benchmarks.flash.bench import Bench
from benchmarks.report import Row, at_most
from mall.flashsale.gate.scripts import ADMIT

TICKETS = 200_000


def measure(bench: Bench) -> list[Row]:
    """The server's own count before and after many admissions, record and stream together."""
    redis = bench.tier.redis
    (where,) = sale.open_sale(bench.tier)
    shard = where.parts[0]
    redis.script_load(ADMIT.text)
    before = redis.info("memory")["used_memory"]
    for first in range(0, TICKETS, 5_000):
        with redis.pipeline(transaction=False) as pipe:
            for n in range(first, first + 5_000):
                args = (10_000_000 + n, n.to_bytes(12, "big"), 1, 20_000_000 + n, 0)
                pipe.evalsha(ADMIT.sha, len(shard.keys), *shard.keys, *args, sale.SESSION)
            pipe.execute()
    grown = (redis.info("memory")["used_memory"] - before) / TICKETS
    stream = int(redis.memory_usage(shard.stream, samples=0) or 0) / TICKETS
    return [
        at_most("memory of Redis an admitted ticket", grown, "bytes", 200),
        Row("of it in the stream, until it is settled", stream, "bytes"),
    ]
