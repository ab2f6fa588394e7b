"""Purchase attempts against the floor and the rivals, under both servers, in interleaved rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.flash import load_tool, sale
from benchmarks.flash.load_tool import LoadResult
from benchmarks.flash.servers import SERVERS, WAYS, Tier
from benchmarks.report import Row, at_least, at_most, exactly

PATH = "/api/v1/flash-items/ITEM/purchases"
FASTEST = {"mall": 25_000, "sold out": 45_000, "rivals": 6_000}
"""More requests a second than any server here answers: so many shoppers are prepared."""
RATIOS = {
    "gunicorn": {"admitted": 0.65, "sold out": 1.2},
    "gunicorn asgi": {"admitted": 0.65, "sold out": 1.2},
    "granian": {"admitted": 1.0, "sold out": 3.0},
}


@dataclass
class Series:
    """The results of one figure, and what each process spent on a request in µs."""

    results: list[LoadResult] = field(default_factory=list)
    web_us: list[float] = field(default_factory=list)
    redis_us: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(one.per_second for one in self.results)

    @property
    def p99_ms(self) -> float:
        return median(one.p99_ms for one in self.results)

    @property
    def p50_ms(self) -> float:
        return median(one.p50_ms for one in self.results)


@dataclass
class Bench:
    """What all measurements share; `lost` and `doubled` are tickets of the whole run."""

    tier: Tier
    rounds: int
    seconds: float
    scratch: Path
    series: dict[tuple[str, str], Series] = field(default_factory=lambda: defaultdict(Series))
    admitted: int = 0
    lost: int = 0
    round_trips: int = 0

    def take(self, server: str, name: str, what: str, load: Callable[[], LoadResult]) -> LoadResult:
        """One result, with the CPU that it cost."""
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
        places = sale.open_sale(self.tier, items, known=known)
        attempts = sale.attempts(self.tier, int(FASTEST["mall"] * self.seconds), items)
        before = self._outer_commands()
        port = self.tier.ports[server, "mall"]
        result = self.take(
            server,
            name,
            "mall",
            lambda: load_tool.attempt(port, PATH, attempts, self.seconds, self.scratch),
        )
        if result.refused:
            raise RuntimeError(
                f"{server} {name}: {result.refused} of {result.requests} were refused"
            )
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

    def sold_out(self, server: str) -> None:
        sale.open_sale(self.tier, left=0)
        attempts = sale.attempts(self.tier, int(FASTEST["sold out"] * self.seconds))
        port = self.tier.ports[server, "mall"]
        result = self.take(
            server,
            "sold out",
            "mall",
            lambda: load_tool.attempt(port, PATH, attempts, self.seconds, self.scratch),
        )
        if result.refused != result.requests:
            raise RuntimeError("somebody got in")
        sale.forget_sold_out()

    def rival(self, server: str, name: str) -> None:
        attempts = sale.attempts(self.tier, int(FASTEST["rivals"] * self.seconds))
        port = self.tier.ports[server, "rivals"]
        result = self.take(
            server,
            name,
            "rivals",
            lambda: load_tool.attempt(port, f"/{name}", attempts, self.seconds, self.scratch),
        )
        if result.refused > result.requests / 20:  # one that loses a few under load still counts
            raise RuntimeError(
                f"{server} {name}: {result.refused} of {result.requests} were refused"
            )

    def _outer_commands(self) -> int:
        """Commands that attempts sent, not those that the script runs inside."""
        stats = self.tier.redis.info("commandstats")
        outer = ("evalsha", "eval", "get", "echo")
        return sum(int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in outer)


def measure(bench: Bench) -> list[Row]:
    """The whole table of attempts."""
    for _ in range(bench.rounds):
        for way, server in WAYS.items():
            if way == server:
                bench.floor(server)
                bench.rival(server, "naive")
                bench.rival(server, "statement")
            bench.admit(way)
            bench.sold_out(way)
    rows: list[Row] = []
    for server in SERVERS:
        rows += _server_rows(bench, server)
        for way in WAYS:
            if WAYS[way] == server:
                rows += _mall_rows(bench, way, server)
    trips = bench.round_trips / bench.admitted
    rows += [
        Row("attempts admitted in this run", bench.admitted, "tickets"),
        exactly("Redis round trips an attempt", round(trips, 2), "round trips", 1),
        exactly("answers without a ticket in the stream", bench.lost, "tickets", 0),
    ]
    return rows


def _server_rows(bench: Bench, server: str) -> list[Row]:
    """The floor and the rivals."""
    series = bench.series
    return [
        Row(f"{server}: bare Flask JSON route (the floor)", series[server, "floor"].rate, "1/s"),
        Row(f"{server}: naive route (ORM, FOR UPDATE)", series[server, "naive"].rate, "1/s"),
        Row(f"{server}: best single statement", series[server, "statement"].rate, "1/s"),
        *_costs(bench, server, "floor", "naive", "statement"),
    ]


def _mall_rows(bench: Bench, way: str, server: str) -> list[Row]:
    """The mall, served in this way, against the floor and the rivals of its server."""
    admitted, sold_out = bench.series[way, "admitted"], bench.series[way, "sold out"]
    floor, naive = bench.series[server, "floor"], bench.series[server, "naive"]
    statement, bounds = bench.series[server, "statement"], RATIOS[way]
    quick = admitted.p99_ms / naive.p99_ms
    return [
        Row(f"{way}: admitted", admitted.rate, "1/s"),
        Row(f"{way}: sold out", sold_out.rate, "1/s"),
        at_least(
            f"{way}: admitted ÷ floor", admitted.rate / floor.rate, "ratio", bounds["admitted"]
        ),
        at_least(
            f"{way}: sold out ÷ floor", sold_out.rate / floor.rate, "ratio", bounds["sold out"]
        ),
        at_least(f"{way}: admitted ÷ naive", admitted.rate / naive.rate, "ratio", 25),
        at_least(f"{way}: admitted ÷ statement", admitted.rate / statement.rate, "ratio", 8),
        at_most(f"{way}: p99 of admitted ÷ p99 of naive", quick, "ratio", 1 / 20),
        *_costs(bench, way, "admitted", "sold out"),
        Row(f"{way}: CPU of Redis, admitted", median(admitted.redis_us), "µs"),
    ]


def _costs(bench: Bench, way: str, *names: str) -> list[Row]:
    rows = []
    for name in names:
        series = bench.series[way, name]
        rows += [
            Row(f"{way}: p50 of {name}", series.p50_ms, "ms"),
            Row(f"{way}: p99 of {name}", series.p99_ms, "ms"),
            Row(f"{way}: CPU of web, {name}", median(series.web_us), "µs"),
        ]
    return rows


def growth(bench: Bench) -> list[Row]:
    """The same attempt with more items and more shoppers known, under granian."""
    items = {f"{n} items live": {"items": range(sale.ITEM, sale.ITEM + n)} for n in (1, 10, 100)}
    known = {f"{n:,} shoppers known": {"known": n} for n in (1_000, 100_000, 1_000_000)}
    rows: list[Row] = []
    for what, cases in (("items", items), ("shoppers", known)):
        for _ in range(max(bench.rounds // 2, 1)):
            for name, how in cases.items():
                bench.admit("granian", name, **how)  # type: ignore[arg-type]
        rates = [bench.series["granian", name].rate for name in cases]
        rows += [
            Row(f"admitted, {name}", rate, "1/s") for name, rate in zip(cases, rates, strict=True)
        ]
        rows.append(
            at_most(
                f"fastest ÷ slowest of these ({what})",
                max(rates) / min(rates),
                "ratio",
                1.15,
            )
        )
    return rows
