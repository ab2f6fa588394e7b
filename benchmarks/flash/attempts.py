"""Purchase attempts, served in both ways, against floor and rivals, in interleaved rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from benchmarks.flash import sale
from benchmarks.flash.bench import Bench, Series
from benchmarks.flash.servers import FLOOR, WAYS
from benchmarks.report import Row, at_least, at_most, attempt, exactly, failed

RATIOS: dict[str, dict[str, float]] = {
    "event loop": {"admitted": 1.5, "sold out": 3, "naive": 25, "statement": 8, "p99": 1 / 20},
}
"""What the event loop must reach. Flask's own route in threads is the plain way: measured,
without a target."""


def measure(bench: Bench) -> Iterator[Row]:
    """The whole table of attempts."""
    for _ in range(bench.rounds):
        bench.guarded(FLOOR, "floor", partial(bench.floor, FLOOR))
        for rival in ("naive", "statement"):
            bench.guarded(FLOOR, rival, partial(bench.rival, FLOOR, rival))
        for way in WAYS:
            bench.guarded(way, "admitted", partial(bench.admit, way))
            bench.guarded(way, "sold out", partial(bench.sold_out, way))
    yield from lost_rounds(bench)
    yield from _server_rows(bench, FLOOR)
    for way in WAYS:
        yield from _mall_rows(bench, way, FLOOR)
    yield Row("attempts admitted in this run", bench.admitted, "tickets")
    yield from _row("Redis round trips an attempt", lambda figure: _round_trips(bench, figure))
    yield exactly("answers without a ticket in the stream", bench.lost, "tickets", 0)


def lost_rounds(bench: Bench) -> Iterator[Row]:
    """A failed row for each round that could not be measured."""
    for (server, name), series in bench.series.items():
        for fault in series.faults:
            yield failed(f"a round of {server}: {name}", fault)


def _row(figure: str, measured: Callable[[str], Row]) -> Iterator[Row]:
    """One row; a failed one when its figure was never measured."""
    return attempt(figure, lambda: [measured(figure)])


def _round_trips(bench: Bench, figure: str) -> Row:
    trips = bench.round_trips / bench.admitted
    return exactly(figure, round(trips, 2), "round trips", 1)


def _rate(figure: str, series: Series) -> Iterator[Row]:
    return _row(figure, lambda name: Row(name, series.rate, "1/s"))


def _server_rows(bench: Bench, server: str) -> Iterator[Row]:
    """The floor and the rivals."""
    series = bench.series
    yield from _rate(f"{server}: bare Flask JSON route (the floor)", series[server, "floor"])
    yield from _rate(f"{server}: naive route (ORM, FOR UPDATE)", series[server, "naive"])
    yield from _rate(f"{server}: best single statement", series[server, "statement"])
    yield from _costs(bench, server, "floor", "naive", "statement")


def _mall_rows(bench: Bench, way: str, server: str) -> Iterator[Row]:
    """The mall, served in this way, against the floor and the rivals of its server."""
    admitted, sold_out = bench.series[way, "admitted"], bench.series[way, "sold out"]
    floor, naive = bench.series[server, "floor"], bench.series[server, "naive"]
    statement, bounds = bench.series[server, "statement"], RATIOS.get(way, {})
    yield from _rate(f"{way}: admitted", admitted)
    yield from _rate(f"{way}: sold out", sold_out)
    for what, own, other, bound in (
        ("admitted ÷ floor", admitted, floor, bounds.get("admitted")),
        ("sold out ÷ floor", sold_out, floor, bounds.get("sold out")),
        ("admitted ÷ naive", admitted, naive, bounds.get("naive")),
        ("admitted ÷ statement", admitted, statement, bounds.get("statement")),
    ):
        yield from _row(f"{way}: {what}", partial(_ratio, own=own, other=other, bound=bound))
    yield from _row(
        f"{way}: p99 of admitted ÷ p99 of naive",
        lambda figure: _bounded(figure, admitted.p99_ms / naive.p99_ms, bounds.get("p99")),
    )
    yield from _costs(bench, way, "admitted", "sold out")
    yield from _row(
        f"{way}: CPU of Redis, admitted",
        lambda figure: Row(figure, median(admitted.redis_us), "µs"),
    )


def _ratio(figure: str, *, own: Series, other: Series, bound: float | None) -> Row:
    ratio = own.rate / other.rate
    return at_least(figure, ratio, "ratio", bound) if bound else Row(figure, ratio, "ratio")


def _bounded(figure: str, value: float, bound: float | None) -> Row:
    return at_most(figure, value, "ratio", bound) if bound else Row(figure, value, "ratio")


def _costs(bench: Bench, way: str, *names: str) -> Iterator[Row]:
    for name in names:
        series = bench.series[way, name]
        yield from attempt(f"{way}: cost of {name}", partial(_cost, way, name, series))


def _cost(way: str, name: str, series: Series) -> list[Row]:
    return [
        Row(f"{way}: p50 of {name}", series.p50_ms, "ms"),
        Row(f"{way}: p99 of {name}", series.p99_ms, "ms"),
        Row(f"{way}: CPU of web, {name}", median(series.web_us), "µs"),
    ]


def growth(bench: Bench) -> Iterator[Row]:
    """The same attempt with more items and more shoppers known."""
    items = {f"{n} items live": {"items": range(sale.ITEM, sale.ITEM + n)} for n in (1, 10, 100)}
    known = {f"{n:,} shoppers known": {"known": n} for n in (1_000, 100_000, 1_000_000)}
    for what, cases in (("items", items), ("shoppers", known)):
        for _ in range(max(bench.rounds // 2, 1)):
            for name, how in cases.items():
                bench.guarded(
                    "event loop",
                    name,
                    partial(bench.admit, "event loop", name, **how),
                )
        for name in cases:
            yield from _rate(f"admitted, {name}", bench.series["event loop", name])
        yield from _row(
            f"fastest ÷ slowest of these ({what})", partial(_spread, bench=bench, names=list(cases))
        )


def _spread(figure: str, *, bench: Bench, names: list[str]) -> Row:
    rates = [bench.series["event loop", name].rate for name in names]
    return at_most(figure, max(rates) / min(rates), "ratio", 1.15)
