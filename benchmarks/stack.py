"""A whole mall for measuring: embedded servers with their durable settings, the
simulator, gunicorn and a worker, each in a process of its own, all on loopback."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from flask import Flask

from mall.application import create_app
from mall.config import Config
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from mall.wechat.simulator.credentials import Credentials, ensure_credentials

ROOT = Path(__file__).resolve().parent.parent
WEB_PROCESSES = 2
WEB_THREADS = 8


@dataclass
class Stack:
    """The running mall. `app` is one of our own in this process, for seeding."""

    app: Flask
    credentials: Credentials
    web: subprocess.Popen[bytes]
    floor: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]
    postgres: psutil.Process
    web_port: int
    floor_port: int
    simulator_url: str
    scratch: Path
    environment: dict[str, str] = field(repr=False)

    def cpu_seconds(self) -> dict[str, float]:
        """CPU used so far by web, worker and database, their children included."""
        return {
            "web": cpu_of(psutil.Process(self.web.pid)),
            "worker": cpu_of(psutil.Process(self.worker.pid)),
            "postgresql": cpu_of(self.postgres),
        }

    def floor_cpu_seconds(self) -> float:
        """CPU used so far by the server of the bare Flask route."""
        return cpu_of(psutil.Process(self.floor.pid))

    def web_memory_mb(self) -> tuple[float, float]:
        """Of the largest web worker, in MB (10^6 bytes): its proportional share, and resident.

        The share (PSS) counts a page that several processes have in common once in all, so
        it is what another worker really takes; resident (RSS) counts it for each of them.
        """
        workers = [w.memory_full_info() for w in psutil.Process(self.web.pid).children()]
        return max(w.pss for w in workers) / 1e6, max(w.rss for w in workers) / 1e6


def cpu_of(process: psutil.Process) -> float:
    """User and system time of a process tree, of its ended children too."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if one.pid == process.pid:
            total += times.children_user + times.children_system
    return total


@contextmanager
def running() -> Iterator[Stack]:
    """Start everything in a scratch directory; stop it all at the end."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mall-bench-")))
        postgres, redis = EmbeddedPostgres(scratch / "pg"), EmbeddedRedis(scratch / "redis")
        stack.callback(postgres.remove)
        stack.callback(redis.stop)
        database_url, redis_url = postgres.start(), redis.start()
        credentials = ensure_credentials(scratch / "wechat")
        web_port, floor_port, simulator_port = 8150, 8151, 8152
        simulator_url = f"http://127.0.0.1:{simulator_port}"
        environment = {
            **os.environ,
            "MALL_ENV": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "MALL_PUBLIC_BASE_URL": f"http://127.0.0.1:{web_port}",
            "MALL_PERSONAL_DATA_KEYS": f"bench:{_key()}",
            "MALL_BLIND_INDEX_KEY": _key(),
            "MALL_DB_POOL_SIZE": str(WEB_THREADS),
            "MALL_LIMIT_SHOPPER_LOGIN": "",  # every shopper of a benchmark has one address
            **credentials.environment(simulator_url),
        }

        def spawn(name: str, *command: str, **extra: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((scratch / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=environment | extra,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            stack.callback(stop, process)
            return process

        subprocess.run(
            [sys.executable, "-m", "mall", "db", "upgrade"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        spawn(
            "simulator",
            "mall.wechat.simulator",
            "--port",
            str(simulator_port),
            "--state-dir",
            str(scratch / "wechat"),
            "--mall-url",
            f"http://127.0.0.1:{web_port}",
        )
        metrics = scratch / "metrics"
        metrics.mkdir()
        web = spawn("web", *gunicorn(web_port, "wsgi:app"), PROMETHEUS_MULTIPROC_DIR=str(metrics))
        floor = spawn("floor", *gunicorn(floor_port, "benchmarks.floor:app"))
        worker = spawn("worker", "mall", "worker", PROMETHEUS_MULTIPROC_DIR=str(metrics))
        for url in (
            f"http://127.0.0.1:{web_port}/readyz",
            f"http://127.0.0.1:{floor_port}/floor",
            f"{simulator_url}/_control/health",
        ):
            await_answer(url)
        yield Stack(
            app=create_app(Config.from_env(environment | {"MALL_LOG_LEVEL": "ERROR"})),
            credentials=credentials,
            web=web,
            floor=floor,
            worker=worker,
            postgres=psutil.Process(postgres.pid),
            web_port=web_port,
            floor_port=floor_port,
            simulator_url=simulator_url,
            scratch=scratch,
            environment=environment,
        )


def gunicorn(
    port: int,
    app: str,
    *,
    processes: int = WEB_PROCESSES,
    threads: int = WEB_THREADS,
    worker_class: str = "gthread",
) -> list[str]:
    """The shop's own settings for both, so that the floor is one of the same server."""
    return [
        "gunicorn",
        "--config",
        "deploy/gunicorn.conf.py", "--worker-class", worker_class, "--workers", str(processes),
        "--threads", str(threads), "--bind", f"127.0.0.1:{port}",
        "--keep-alive", "75", "--log-level", "warning", app,
    ]  # fmt: skip


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def await_answer(url: str, patience_s: float = 30) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{url} didn't answer within {patience_s:g} s") from None
            time.sleep(0.1)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
