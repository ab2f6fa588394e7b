"""A whole mall for measuring: embedded servers with their durable settings, the
simulator, gunicorn and a worker, each in a process of its own, all on loopback."""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psutil
from flask import Flask

from mall.application import create_app
from mall.cli.database import upgrade_schema
from mall.config import Config
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from mall.wechat.simulator.credentials import Credentials, ensure_credentials

ROOT = Path(__file__).resolve().parent.parent
WEB_PROCESSES = 2
WEB_THREADS = 8


@dataclass
class Server:
    """One web server under test."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """CPU used so far, by its workers too."""
        return cpu_of(psutil.Process(self.process.pid))


@dataclass
class Stack:
    """A running mall: that of this checkout or of another one (`root`)."""

    root: Path
    python: str
    scratch: Path
    database_url: str
    simulator_url: str
    credentials: Credentials
    environment: dict[str, str] = field(repr=False)
    web: Server
    worker: subprocess.Popen[bytes]
    postgres: psutil.Process
    start_server: Callable[[str], Server]
    """Starts one more web server, for a WSGI app by its name ("module:app")."""

    @property
    def web_port(self) -> int:
        return self.web.port

    @cached_property
    def app(self) -> Flask:
        """An app of this checkout in this process, for what needs the mall's own code."""
        return create_app(Config.from_env(self.environment | {"MALL_LOG_LEVEL": "ERROR"}))

    def cpu_seconds(self, web: Server | None = None) -> dict[str, float]:
        """CPU used so far by web, worker and database, their children included."""
        return {
            "web": (web or self.web).cpu_seconds(),
            "worker": cpu_of(psutil.Process(self.worker.pid)),
            "postgresql": cpu_of(self.postgres),
        }

    def web_memory_mb(self) -> tuple[float, float]:
        """Of the largest web worker, in MB (10^6 bytes): its proportional share, and resident.

        The share (PSS) counts a page that several processes have in common once in all, so
        it is what another worker really takes; resident (RSS) counts it for each of them.
        """
        children = psutil.Process(self.web.process.pid).children()
        workers = [worker.memory_full_info() for worker in children]
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
def running(root: Path = ROOT) -> Iterator[Stack]:
    """Start the mall of a checkout in a scratch directory; stop it all at the end."""
    python = sys.executable if root == ROOT else str(root / ".venv" / "bin" / "python")
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mall-bench-")))
        postgres, redis = EmbeddedPostgres(scratch / "pg"), EmbeddedRedis(scratch / "redis")
        stack.callback(postgres.remove)
        stack.callback(redis.stop)
        database_url, redis_url = postgres.start(), redis.start()
        credentials = ensure_credentials(scratch / "wechat")
        web_port, simulator_port = free_port(), free_port()
        web_url, simulator_url = (
            f"http://127.0.0.1:{web_port}",
            f"http://127.0.0.1:{simulator_port}",
        )
        metrics = scratch / "metrics"
        metrics.mkdir()
        environment = _environment(database_url, redis_url, web_url) | credentials.environment(
            simulator_url
        )

        def spawn(name: str, *command: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((scratch / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [python, "-m", *command],
                cwd=root,
                env=environment | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            stack.callback(stop, process)
            return process

        def start_server(app: str, port: int = 0) -> Server:
            port = port or free_port()
            # The mall is served as `make run` serves it, so its controls are, too.
            loop = app.startswith(("asgi:", "benchmarks.controls."))
            command = gunicorn(port, app, worker_class="asgi" if loop else "gthread")
            server = Server(port, spawn(f"web-{port}", *command))
            await_answer(f"http://127.0.0.1:{port}/healthz")
            return server

        subprocess.run(
            [python, "-m", "mall", "db", "upgrade"],
            cwd=root,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        options = ("--state-dir", str(scratch / "wechat"), "--mall-url", web_url)
        spawn("simulator", "mall.wechat.simulator", "--port", str(simulator_port), *options)
        # The version before is served by threads; this one as `make run` serves it.
        front = (root / "mall" / "kernel" / "http" / "front.py").exists()
        web = start_server("asgi:app" if front else "wsgi:app", web_port)
        worker = spawn("worker", "mall", "worker")
        await_answer(f"{simulator_url}/_control/health")
        yield Stack(
            root=root,
            python=python,
            scratch=scratch,
            database_url=database_url,
            simulator_url=simulator_url,
            credentials=credentials,
            environment=environment,
            web=web,
            worker=worker,
            postgres=psutil.Process(postgres.pid),
            start_server=start_server,
        )


@contextmanager
def servers() -> Iterator[Flask]:
    """The context of an app with embedded servers and nothing else: for what needs neither web
    nor worker nor WeChat."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mall-bench-")))
        postgres, redis = EmbeddedPostgres(scratch / "pg"), EmbeddedRedis(scratch / "redis")
        stack.callback(postgres.remove)
        stack.callback(redis.stop)
        nobody = f"http://127.0.0.1:{free_port()}"
        environment = _environment(postgres.start(), redis.start(), nobody)
        environment |= ensure_credentials(scratch / "wechat").environment(nobody)
        app = create_app(Config.from_env(environment | {"MALL_LOG_LEVEL": "ERROR"}))
        with app.app_context():
            upgrade_schema(app)
            yield app


def _environment(database_url: str, redis_url: str, web_url: str) -> dict[str, str]:
    """All settings but those of WeChat."""
    return {
        **os.environ,
        "MALL_ENV": "development",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MALL_PUBLIC_BASE_URL": web_url,
        "MALL_PERSONAL_DATA_KEYS": f"bench:{_key()}",
        "MALL_BLIND_INDEX_KEY": _key(),
        "MALL_DB_POOL_SIZE": str(WEB_THREADS),
        "MALL_LIMIT_SHOPPER_LOGIN": "",  # every shopper of a benchmark has one address
    }


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


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def await_answer(url: str, patience_s: float = 120) -> None:
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
