"""Each request gets an id, one log line and its place in the metrics.

Every request pays for what stands here, so it is spare: it leaves a note, and the notes of
a tenth of a second are put down together, each line put together here instead of in the
whole logging chain (3 µs, not 50). Each value in it is ours or checked: the method by the
server, the id by its pattern.
"""

from __future__ import annotations

import logging
import random
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter, time
from typing import NamedTuple

from flask import Flask, Response, g, request

from mall.config import Config
from mall.kernel.afterwards import Notes
from mall.kernel.metrics import Histogram

REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")

REQUESTS = Histogram(
    "mall_http_request_seconds",
    "Time to answer a request",
    ["endpoint", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_second = [(0, "")]


class Answered(NamedTuple):
    """One answered request. `who` is ready JSON that goes into the line as it is; `at` is Unix
    time, s."""

    request_id: str
    method: str
    endpoint: str
    status: int
    seconds: float
    at: float
    who: str = ""


def init_observe(app: Flask, config: Config) -> None:
    logs = logs_requests(config)

    def finish(response: Response) -> Response:
        return _finish(response, logs)

    app.before_request(_start)
    app.after_request(finish)


def logs_requests(config: Config) -> bool:
    """Whether the log level lets the line of a request through."""
    level = logging.getLevelNamesMapping().get(config.log_level.upper(), logging.INFO)
    return level <= logging.INFO


def request_id_of(given: str | None) -> str:
    """The id that the client gave (X-Request-ID), if it is one; else a fresh one."""
    if given and REQUEST_ID.fullmatch(given):
        return given
    # A name, not a secret: it need not cost a system call. A fork gets a seed of its own.
    return f"{random.getrandbits(64):016x}"


def _start() -> None:
    here = g._get_current_object()
    here.started = perf_counter()
    here.request_id = request_id_of(request.environ.get("HTTP_X_REQUEST_ID"))


def _finish(response: Response, logs: bool) -> Response:
    here = g._get_current_object()
    incoming = request._get_current_object()  # type: ignore[attr-defined]
    response.headers["X-Request-ID"] = here.request_id
    principal = here.get("principal")
    note(
        here.request_id,
        incoming.method,
        incoming.endpoint or "unmatched",
        response.status_code,
        perf_counter() - here.started,
        who=f',"{principal.log_name}":{principal.log_id}' if principal is not None else "",
        logs=logs,
    )
    return response


def note(
    request_id: str,
    method: str,
    endpoint: str,
    status: int,
    seconds: float,
    *,
    logs: bool,
    who: str = "",
) -> None:
    """Leave word of an answered request: for the metrics, and for its line if `logs`."""
    answered = Answered(request_id, method, endpoint, status, seconds, time(), who)
    (_for_both if logs else _for_metrics).add(answered)


def _count(notes: Sequence[Answered]) -> None:
    took: dict[tuple[str, int], list[float]] = defaultdict(list)
    for one in notes:
        took[one.endpoint, one.status].append(one.seconds)
    for (endpoint, status), seconds in took.items():
        REQUESTS.labels(endpoint, str(status)).observe_all(seconds)


def _count_and_log(notes: Sequence[Answered]) -> None:
    _count(notes)
    with suppress(OSError, ValueError):  # nobody reads our output any more
        sys.stdout.write("".join(map(_line, notes)))
        sys.stdout.flush()


_for_metrics, _for_both = Notes(_count), Notes(_count_and_log)


def _line(one: Answered) -> str:
    return (
        f'{{"event":"request","level":"info","timestamp":"{_iso(one.at)}",'
        f'"request_id":"{one.request_id}","method":"{one.method}",'
        f'"endpoint":"{one.endpoint}","status":{one.status},'
        f'"ms":{one.seconds * 1000:.2f}{one.who}}}\n'
    )


def _iso(at: float) -> str:
    """That time in UTC as ISO 8601, to the microsecond. Its date and time are put together once
    a second."""
    second = int(at)
    known, text = _second[0]
    if known != second:
        text = datetime.fromtimestamp(second, UTC).isoformat()[:19]
        _second[0] = second, text
    return f"{text}.{int((at - second) * 1_000_000):06d}+00:00"
