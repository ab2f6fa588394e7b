"""What all measurements of the flash sale share: the tier under load, and what was seen of it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console

from benchmarks.flash import load_tool, sale
from benchmarks.flash.load_tool import Attempt, LoadResult, RanDry
from benchmarks.flash.servers import Tier

say = Console(stderr=True, highlight=False).print
PATH = "/api/v1/flash-items/ITEM/purchases"
FIRST_GUESS = 4_000
"""Attempts a second that are prepared for a server which nobody has measured yet."""
MARGIN = 1.5
MOST_ATTEMPTS = int(os.environ.get("BENCH_MOST_ATTEMPTS", "1000000"))
"""Of one load. A machine that is faster than that gets a failed row."""


@dataclass
class Series:
    """The results of one figure, what each process spent on a request in µs, and the faults of
    rounds that could not be measured."""

    results: list[LoadResult] = field(default_factory=list)
    web_us: list[float] = field(default_factory=list)
    redis_us: list[float] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(one.per_second for one in self.measured)

    @property
    def p99_ms(self) -> float:
        return median(one.p99_ms for one in self.measured)

    @property
    def p50_ms(self) -> float:
        return median(one.p50_ms for one in self.measured)

    @property
    def measured(self) -> list[LoadResult]:
        """Raises the fault that kept all rounds from being measured."""
        if not self.results:
            raise self.faults[0] if self.faults else RuntimeError("not measured")
        return self.results


@dataclass
class Bench:
    """What all measurements share; `lost` and `round_trips` are of the whole run."""

    tier: Tier
    rounds: int
    seconds: float
    scratch: Path
    series: dict[tuple[str, str], Series] = field(default_factory=lambda: defaultdict(Series))
    admitted: int = 0
    lost: int = 0
    round_trips: int = 0

    def guarded(self, server: str, name: str, measure: Callable[[], None]) -> None:
        """One round of one figure. A fault is kept, and the run goes on."""
        series = self.series[server, name]
        try:
            measure()
            say(f"  {server} {name}: {series.results[-1].per_second:,.0f}/s")
        except Exception as fault:
            series.faults.append(fault)
            say(f"  {server} {name}: {fault}", style="red")

    def take(self, server: str, name: str, what: str, load: Callable[[], LoadResult]) -> LoadResult:
        """One load, with the CPU that it cost."""
        series = self.series[server, name]
        web, redis = self.tier.cpu_s(server, what)
        result = load()
        web_after, redis_after = self.tier.cpu_s(server, what)
        if result.broken:
            raise RuntimeError(f"{server} {name}: {result.broken} requests had no answer")
        series.results.append(result)
        series.web_us.append((web_after - web) * 1e6 / result.requests)
        series.redis_us.append((redis_after - redis) * 1e6 / result.requests)
        return result

    def enough(self, server: str, name: str, load: Callable[[int], LoadResult]) -> LoadResult:
        """`load(number)` with as many attempts as this machine needs: by what it did before, and
        twice as many when they were used up. Raises RanDry at `MOST_ATTEMPTS`."""
        results = self.series[server, name].results
        guess = max((one.per_second for one in results), default=FIRST_GUESS)
        number = int(guess * self.seconds * MARGIN)
        while True:
            number = min(number, MOST_ATTEMPTS)
            try:
                return load(number)
            except RanDry:
                if number >= MOST_ATTEMPTS:
                    raise
                number *= 2

    def floor(self, server: str) -> None:
        port = self.tier.ports[server, "floor"]
        self.take(server, "floor", "floor", lambda: load_tool.get(port, "/floor", self.seconds))

    def admit(
        self,
        server: str,
        name: str = "admitted",
        *,
        items: Sequence[int] = (sale.ITEM,),
        known: int = 0,
    ) -> None:
        """Everybody gets in; then the gate is held against what the clients were told."""
        self.enough(server, name, lambda number: self._admit(server, name, number, items, known))

    def _admit(
        self, server: str, name: str, number: int, items: Sequence[int], known: int
    ) -> LoadResult:
        places = sale.open_sale(self.tier, items, known=known)
        attempts = sale.attempts(self.tier, number, items)
        before = self._outer_commands()
        result = self.take(server, name, "mall", lambda: self._load(server, "mall", PATH, attempts))
        if result.refused:
            raise RuntimeError(f"{result.refused} of {result.requests} were refused")
        sale.wait()
        after = self._outer_commands()
        tickets = streamed = taken = 0
        for where in places:
            (shard,) = where.parts
            gate = self.tier.redis.hgetall(shard.gate)
            tickets += int(gate[b"seq"])
            taken += sale.PLENTY - int(gate[b"left"])
            streamed += int(self.tier.redis.xlen(shard.stream))
        if not tickets == streamed == taken:
            raise RuntimeError(f"{tickets} tickets, {streamed} in the streams, {taken} units gone")
        self.lost += max(result.requests - tickets, 0)
        if tickets - result.requests > load_tool.CONNECTIONS:
            raise RuntimeError("more tickets than attempts")
        self.admitted += tickets
        self.round_trips += after - before
        return result

    def sold_out(self, server: str) -> None:
        name = "sold out"
        self.enough(server, name, lambda number: self._sold_out(server, name, number))

    def _sold_out(self, server: str, name: str, number: int) -> LoadResult:
        sale.open_sale(self.tier, left=0)
        attempts = sale.attempts(self.tier, number)
        try:
            result = self.take(
                server, name, "mall", lambda: self._load(server, "mall", PATH, attempts)
            )
        finally:
            sale.forget_sold_out()
        if result.refused != result.requests:
            raise RuntimeError("somebody got in")
        return result

    def rival(self, server: str, name: str) -> None:
        self.enough(server, name, lambda number: self._rival(server, name, number))

    def _rival(self, server: str, name: str, number: int) -> LoadResult:
        attempts = sale.attempts(self.tier, number)
        result = self.take(
            server, name, "rivals", lambda: self._load(server, "rivals", f"/{name}", attempts)
        )
        if result.refused > result.requests / 20:  # one that loses a few under load still counts
            raise RuntimeError(f"{result.refused} of {result.requests} were refused")
        return result

    def _load(self, server: str, what: str, path: str, attempts: list[Attempt]) -> LoadResult:
        port = self.tier.ports[server, what]
        return load_tool.attempt(port, path, attempts, self.seconds, self.scratch)

    def _outer_commands(self) -> int:
        """Commands that attempts sent, not those that the script runs inside."""
        stats = self.tier.redis.info("commandstats")
        outer = ("evalsha", "eval", "get", "echo")
        return sum(int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in outer)
