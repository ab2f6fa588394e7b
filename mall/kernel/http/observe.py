"""Each request gets an id, one log line and its place in the metrics."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from time import perf_counter

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Histogram
from structlog.typing import FilteringBoundLogger

REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")

REQUESTS = Histogram(
    "mall_http_request_seconds",
    "Time to answer a request",
    ["endpoint", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def init_observe(app: Flask) -> None:
    log = request_log()

    def finish(response: Response) -> Response:
        return _finish(response, log)

    app.before_request(_start)
    app.after_request(finish)


def request_log() -> FilteringBoundLogger:
    """The logger of request lines, with the log level of the app that was made last.

    An app keeps its own: it is bound once, not at each request.
    """
    log: FilteringBoundLogger = structlog.get_logger("mall.http").bind()
    return log


def request_id_of(given: str | None) -> str:
    """The id that the client gave (X-Request-ID), if it is one; else a fresh one."""
    if given and REQUEST_ID.fullmatch(given):
        return given
    # A name, not a secret: it need not cost a system call. A fork gets a seed of its own.
    return f"{random.getrandbits(64):016x}"


def record_request(
    log: FilteringBoundLogger,
    method: str,
    endpoint: str,
    status: int,
    seconds: float,
    **context: object,
) -> None:
    """Put an answered request into the metrics and write its log line.

    Outside of Flask's context the caller gives `request_id` and, if known, `user_id`; inside
    of it the logging chain adds them.
    """
    REQUESTS.labels(endpoint, str(status)).observe(seconds)
    with suppress(OSError, ValueError):  # nobody reads our output any more
        log.info(
            "request",
            method=method,
            endpoint=endpoint,
            status=status,
            ms=round(seconds * 1000, 2),
            **context,
        )


def _start() -> None:
    here = g._get_current_object()
    here.started = perf_counter()
    here.request_id = request_id_of(request.environ.get("HTTP_X_REQUEST_ID"))


def _finish(response: Response, log: FilteringBoundLogger) -> Response:
    here = g._get_current_object()
    response.headers["X-Request-ID"] = here.request_id
    record_request(
        log,
        request.method,
        request.endpoint or "unmatched",
        response.status_code,
        perf_counter() - here.started,
    )
    return response
