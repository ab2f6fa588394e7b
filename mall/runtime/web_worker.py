"""gunicorn's ASGI worker, except that its stop doesn't wait for idle connections.

gunicorn itself waits until an idle connection has been so for `keepalive` seconds, and for one on
which nothing was ever asked until `graceful_timeout` is over. It has no public way to close them:
what is used of its insides is in this file, and tests/faults/test_shutdown.py notices a change.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from gunicorn.workers import gasgi  # type: ignore[import-untyped]


class Connection(gasgi.ASGIProtocol):
    """A client's connection, which its worker can find."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.worker.connections.add(self)

    def close_if_idle(self) -> None:
        """Close it if it waits for a request and none has come, as after `keepalive` seconds."""
        if self._awaiting_request and not self._request_ready.is_set():
            self._keepalive_timeout()


class WebWorker(gasgi.ASGIWorker):
    """Answers what was asked before SIGTERM, then stops."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.connections: WeakSet[Connection] = WeakSet()

    async def _shutdown(self) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.connections):
            connection.close_if_idle()
        await super()._shutdown()


gasgi.ASGIProtocol = Connection  # the worker looks the class up there
