"""Each request gets an id, one log line and its place in the metrics."""

from __future__ import annotations

import re
import secrets
from time import perf_counter

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Histogram

REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
_log = structlog.get_logger("mall.http")

REQUESTS = Histogram(
    "mall_http_request_seconds",
    "Time to answer a request",
    ["endpoint", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_children: dict[tuple[str, int], Histogram] = {}


def init_observe(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    seconds = perf_counter() - g.get("started", perf_counter())
    endpoint = request.endpoint or "unmatched"
    observe(endpoint, response.status_code, seconds)
    response.headers["X-Request-ID"] = g.get("request_id", "")
    _log.info(
        "request",
        method=request.method,
        endpoint=endpoint,
        status=response.status_code,
        ms=round(seconds * 1000, 2),
    )
    return response


def observe(endpoint: str, status: int, seconds: float) -> None:
    """Count one answered request. Children are kept: looking one up costs more than using it."""
    key = (endpoint, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = REQUESTS.labels(endpoint, str(status))
    child.observe(seconds)
