"""A response before Flask is the one that the whole app gives, with its id, metric and log line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from mall.application import create_app
from mall.catalog.cache import CACHE
from mall.config import Config
from mall.kernel.logging import add_context
from tests.support.catalog import make_sku
from tests.support.http import Http

LIST = "/api/v1/products"


def no_flask(*_: Any, **__: Any) -> Any:
    raise AssertionError("Flask was asked")


@pytest.fixture
def flask_off(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """From the call on, only responses before Flask are given."""
    return lambda: monkeypatch.setattr(app, "request_context", no_flask)


def counted(endpoint: str, status: str) -> float:
    labels = {"endpoint": endpoint, "status": status}
    return REGISTRY.get_sample_value("mall_http_request_seconds_count", labels) or 0.0


def test_the_second_answer_is_the_first_without_flask(
    http: Http, flask_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sku(name="枕头")
    monkeypatch.setattr(CACHE, "local_ms", 60_000)  # a slow machine must not outlast the copy
    first = http.get(LIST, sort="sales")
    flask_off()
    before = counted("catalog.products", "200")
    second = http.call("GET", LIST, query={"sort": "sales"}, headers={"X-Request-ID": "trace-01"})
    assert (second.status_code, second.data) == (200, first.data)
    for header in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
        assert second.headers[header] == first.headers[header], header
    assert second.headers["X-Request-ID"] == "trace-01"
    assert len(first.headers["X-Request-ID"]) == 16
    assert counted("catalog.products", "200") == before + 1
    kept = http.call(
        "GET", LIST, query={"sort": "sales"}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (kept.status_code, kept.data) == (304, b"")


@pytest.mark.parametrize(
    ("method", "query"),
    [("GET", {"sort": "newest", "x": "1"}), ("GET", {"sort": "id"}), ("POST", {}), ("DELETE", {})],
)
def test_nothing_else_is_answered_without_flask(
    http: Http, method: str, query: dict[str, str]
) -> None:
    make_sku()
    assert http.get(LIST).status_code == 200
    answer = http.call(method, LIST, query=query)
    assert answer.status_code in (405, 422)
    assert "error" in answer.get_json()


def test_an_answer_goes_when_the_process_forgets_it(http: Http, flask_off: Any) -> None:
    make_sku()
    http.get(LIST)
    flask_off()
    assert http.get(LIST).status_code == 200
    CACHE.clear_local()
    with pytest.raises(AssertionError, match="Flask was asked"):
        http.get(LIST)


def test_a_response_before_flask_leaves_its_log_line_too(app: Flask, config: Config) -> None:
    make_sku()
    http = Http(create_app(replace(config, log_level="INFO")))
    with capture_logs(processors=[add_context]) as printed:
        for _ in range(2):
            assert http.get(LIST).status_code == 200
    lines = [line for line in printed if line["event"] == "request"]
    assert len(lines) == 2
    assert set(lines[0]) == set(lines[1])
    assert [(line["method"], line["endpoint"], line["status"]) for line in lines] == [
        ("GET", "catalog.products", 200)
    ] * 2
