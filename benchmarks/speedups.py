"""What exists only for speed, with ÷ without: docs/architecture.md lists it.

The controls (`benchmarks/controls/`) are the same mall with one speed-up switched off, served
beside it from the same database, in the same rounds.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import cpu
from benchmarks.cpu import Subject
from benchmarks.report import Row, at_least, at_most, attempt
from benchmarks.shop import Shop, get_rate, interleaved, opened

CONTROL = "benchmarks.controls.{}:app"


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Each speed-up by itself."""
    with opened(rounds, seconds, cpu.ORDERS) as shop:
        yield from attempt("prepared statements", lambda: prepared_statements(shop))
        yield from attempt("cached answers", lambda: cached_answers(shop))
        yield from attempt("event loop", lambda: event_loop(shop))


def prepared_statements(shop: Shop) -> Iterator[Row]:
    """A purchase with `PreparedStatement`s, and with ordinary statements of the session."""
    control = shop.stack.start_server(CONTROL.format("no_prepared_statements"))
    found = cpu.measure(
        shop.rounds, [Subject("with", shop, shop.stack.web), Subject("without", shop, control)]
    )
    with_ms, without_ms = cpu.total_ms(found["with"]), cpu.total_ms(found["without"])
    what = "prepared statements: CPU of cart to prepay"
    yield Row(f"{what}, with", with_ms, "ms")
    yield Row(f"{what}, without", without_ms, "ms")
    yield at_most(f"{what}, with ÷ without", with_ms / without_ms, "ratio", 0.85)


def cached_answers(shop: Shop) -> Iterator[Row]:
    """Product detail: answered before Flask, by Flask's route from the cache, without a cache."""
    product = shop.client(shop.buyers[0]).get("/api/v1/products", limit=20)["items"][0]["id"]
    path = f"/api/v1/products/{product}"
    servers = {
        "with": shop.stack.web,
        "by Flask": shop.stack.start_server(CONTROL.format("no_responses_before_flask")),
        "no cache": shop.stack.start_server(CONTROL.format("no_cache")),
    }
    found = interleaved(
        shop.rounds,
        {
            name: lambda server=server: get_rate(server, path, shop.seconds)  # type: ignore[misc]
            for name, server in servers.items()
        },
    )
    yield Row("product detail, answered before Flask", found["with"], "1/s")
    yield Row("product detail, by Flask's route from the cache", found["by Flask"], "1/s")
    yield Row("product detail, without a cache", found["no cache"], "1/s")
    before_flask, cache = found["with"] / found["by Flask"], found["by Flask"] / found["no cache"]
    yield at_least("answers before Flask: with ÷ without", before_flask, "ratio", 1.3)
    yield at_least("cache of answers: with ÷ without", cache, "ratio", 1.5)


def event_loop(shop: Shop) -> Iterator[Row]:
    """The same routes behind the event loop, and as plain WSGI in threads."""
    servers = {"loop": shop.stack.web, "threads": shop.stack.start_server("wsgi:app")}
    product = shop.client(shop.buyers[0]).get("/api/v1/products", limit=20)["items"][0]["id"]
    for what, path, least in (
        ("product detail", f"/api/v1/products/{product}", 1.3),
        ("an ordinary route (/readyz)", "/readyz", 0.97),
        ("an ordinary route (/healthz)", "/healthz", 0.97),
    ):
        found = interleaved(
            shop.rounds,
            {
                name: lambda server=server, path=path: get_rate(  # type: ignore[misc]
                    server, path, shop.seconds
                )
                for name, server in servers.items()
            },
        )
        yield Row(f"{what}, event loop", found["loop"], "1/s")
        yield Row(f"{what}, threads", found["threads"], "1/s")
        ratio = found["loop"] / found["threads"]
        yield at_least(f"event loop, {what}: with ÷ without", ratio, "ratio", least)
