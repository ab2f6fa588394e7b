"""Serving the simulator: in a thread for tests, under gunicorn for a developer's day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from mall.wechat.simulator.app import close_simulator, create_simulator
from mall.wechat.simulator.context import EXTENSION
from mall.wechat.simulator.credentials import Credentials


class _QuietHandler(WSGIRequestHandler):
    """Keeps connections open, as the real gateway does, and writes no access log."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@dataclass(frozen=True)
class RunningSimulator:
    """A simulator that listens on this machine."""

    app: Flask
    url: str

    @property
    def credentials(self) -> Credentials:
        found = self.app.extensions[EXTENSION].credentials
        assert isinstance(found, Credentials)
        return found


@contextmanager
def run_in_thread(
    state_dir: Path, *, mall_url: str = "", port: int = 0, environment: str = "test"
) -> Iterator[RunningSimulator]:
    """Serve a simulator on 127.0.0.1 (a free port by default) while the block runs."""
    app = create_simulator(state_dir, environment=environment, mall_url=mall_url)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    try:
        yield RunningSimulator(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        close_simulator(app)


def _serve(server: BaseWSGIServer) -> None:
    server.serve_forever(poll_interval=0.05)


class _Gunicorn(BaseApplication):
    """One worker process, because the state and the dispatcher belong to exactly one."""

    def __init__(self, state_dir: Path, mall_url: str, bind: str, open_control: bool) -> None:
        self._state_dir = state_dir
        self._mall_url = mall_url
        self._bind = bind
        self._open_control = open_control
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": self._bind,
            "worker_class": "gthread",
            "workers": 1,
            "threads": 64,
            "keepalive": 30,
            "timeout": 0,  # a `hang` fault may sleep for long
            "graceful_timeout": 5,
            "proc_name": "wechat-simulator",
            "control_socket_disable": True,  # it would be shared with the mall's own server
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_simulator(
            self._state_dir, mall_url=self._mall_url, open_control=self._open_control
        )


def serve(state_dir: Path, *, host: str, port: int, mall_url: str, open_control: bool) -> None:
    """Serve until told to stop."""
    _Gunicorn(state_dir, mall_url, f"{host}:{port}", open_control).run()
