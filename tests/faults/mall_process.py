"""The web in processes of its own: as `mall run` starts it, or as plain WSGI in threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import requests

from tests.conftest import ROOT
from tests.support.deployed import command_of_unit

Served = Literal["web", "plain"]
WAYS: tuple[Served, ...] = ("web", "plain")


def command_of(served: Served) -> list[str]:
    """The commands of deploy/ and docs/running.md."""
    if served == "web":
        return command_of_unit("web")
    plain = ["-k", "gthread", "--threads", "8", "wsgi:app"]
    return [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", *plain]


@dataclass(frozen=True)
class RunningWeb:
    """A web that answers at `url`."""

    process: subprocess.Popen[bytes]
    url: str

    def post(self, path: str, body: Any, token: str, key: str) -> requests.Response:
        """One request on a connection of its own."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return requests.post(self.url + path, json=body, headers=headers, timeout=30)


Web = AbstractContextManager[RunningWeb]


@contextmanager
def serving(
    environment: Mapping[str, str], port: int, log: Path, served: Served = "web"
) -> Iterator[RunningWeb]:
    """A web on `port` until the block ends: one worker, if `environment` doesn't say."""
    own = {"MALL_WEB_WORKERS": "1", **environment, "MALL_PORT": str(port)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command_of(served),
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        web = RunningWeb(process, f"http://127.0.0.1:{port}")
        _wait_until_it_answers(web, log)
        yield web
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _wait_until_it_answers(web: RunningWeb, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert web.process.poll() is None, log.read_text()[-2000:]
        with suppress(requests.RequestException):
            if requests.get(f"{web.url}/healthz", timeout=5).ok:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text()[-2000:])
