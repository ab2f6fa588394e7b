"""The port of a process that serves no shopper: `/healthz` and `/metrics` of a worker.

`/healthz` is 200 while the process is at work, whatever PostgreSQL and Redis do: a restart of
theirs must not make anybody kill every worker. It is 503 once nothing has moved for a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import click
from prometheus_client import make_wsgi_app

STUCK_S = 60.0


class Pulse:
    """When its process last moved."""

    def __init__(self) -> None:
        self.beat()

    def beat(self) -> None:
        self._at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        return time.monotonic() - self._at < STUCK_S


def serve_port(host: str, port: int, pulse: Pulse) -> WSGIServer | None:
    """Answer in threads until the process ends; nothing for port 0.

    Raises click.ClickException when it can't listen there.
    """
    if not port:
        return None
    try:
        server = make_server(host, port, _app(pulse), server_class=_Server, handler_class=_Quiet)
    except OSError as fault:
        raise click.ClickException(
            f"MALL_WORKER_PORT: can't listen on {host}:{port}: {fault.strerror}"
        ) from None
    threading.Thread(target=server.serve_forever, daemon=True, name="worker port").start()
    return server


def _app(pulse: Pulse) -> Callable[..., Iterable[bytes]]:
    metrics: Any = make_wsgi_app()

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start)
            return found
        status, body = "404 Not Found", b"{}"
        if path == "/healthz":
            alive = pulse.is_alive
            status = "200 OK" if alive else "503 Service Unavailable"
            body = b'{"status": "ok"}' if alive else b'{"status": "stuck"}'
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    """A caller that says nothing keeps no other waiting."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """No line for each scrape."""
