"""The servers under test: the mall behind its event loop and as plain WSGI in threads, floor and
rivals in threads, all under gunicorn, on one durable Redis and one durable PostgreSQL."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from flask import Flask
from redis import Redis

from benchmarks.flash.rivals_schema import TABLES
from benchmarks.stack import ROOT, await_answer, cpu_of, free_port, gunicorn, stop
from mall.application import create_app
from mall.config import Config
from mall.kernel.redis import connect
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from mall.wechat.simulator.credentials import ensure_credentials

PROCESSES = {"threads": 4, "event loop": 2}
"""For the mall, on two cores: what suits each best. The floor and the rivals have four."""
THREADS = 2
"""Of each process of the floor, the rivals, and the mall in threads."""
FLOOR = "threads"
"""How the floor and the rivals are served."""
WAYS = ("threads", "event loop")
"""How the mall is served: by Flask's own route, and as `make run` and deploy/ serve it."""
APPS = {
    "mall": ("wsgi:app", "/healthz"),
    "floor": ("benchmarks.floor:app", "/floor"),
    "rivals": ("benchmarks.flash.rivals:app", "/nothing"),
}


@dataclass
class Tier:
    """What runs. `app` is one of our own in this process, for loading gates."""

    app: Flask
    config: Config
    redis: Redis
    redis_process: psutil.Process
    ports: dict[tuple[str, str], int]
    processes: dict[tuple[str, str], subprocess.Popen[bytes]]
    environment: dict[str, str] = field(repr=False)

    def cpu_s(self, server: str, what: str) -> tuple[float, float]:
        """CPU used so far by that server and by Redis."""
        web = psutil.Process(self.processes[server, what].pid)
        return cpu_of(web), cpu_of(self.redis_process)


@contextmanager
def running() -> Iterator[Tier]:
    """Start everything in a scratch directory; stop it all at the end."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mall-flash-")))
        postgres, redis = EmbeddedPostgres(scratch / "pg"), EmbeddedRedis(scratch / "redis")
        stack.callback(postgres.remove)
        stack.callback(redis.stop)
        database_url, redis_url = postgres.start(), redis.start()
        environment = _environment(database_url, redis_url, scratch)
        _prepare(database_url, environment)
        ports: dict[tuple[str, str], int] = {}
        processes: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
        for way in WAYS:
            for name in APPS if way == FLOOR else ("mall",):
                port = ports[way, name] = free_port()
                command = _command(way, port, name)
                processes[way, name] = _spawn(stack, scratch, environment, f"{way}-{name}", command)
        for (server, name), at in ports.items():
            try:
                await_answer(f"http://127.0.0.1:{at}{APPS[name][1]}", 120)
            except RuntimeError as fault:
                said = (scratch / f"{server}-{name}.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{fault}; its log ends:\n{said}") from None
        config = Config.from_env(environment | {"MALL_LOG_LEVEL": "ERROR"})
        yield Tier(
            app=create_app(config),
            config=config,
            redis=connect(redis_url),
            redis_process=psutil.Process(redis.pid),
            ports=ports,
            processes=processes,
            environment=environment,
        )


def _environment(database_url: str, redis_url: str, scratch: Path) -> dict[str, str]:
    credentials = ensure_credentials(scratch / "wechat")
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        **os.environ,
        "MALL_ENV": "development",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MALL_PUBLIC_BASE_URL": "http://127.0.0.1:8161",
        "MALL_PERSONAL_DATA_KEYS": f"bench:{key}",
        "MALL_BLIND_INDEX_KEY": key,
        # All load comes from one address; it is counted all the same.
        "MALL_FLASH_ADDRESS_PER_10S": "1000000000",
        **credentials.environment("http://127.0.0.1:1"),
    }


def _prepare(database_url: str, environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "mall", "db", "upgrade"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLES)


def _command(way: str, port: int, name: str) -> list[str]:
    """The command that starts this app."""
    target, _ = APPS[name]
    if name == "mall" and way == "event loop":
        processes = PROCESSES[way]
        return gunicorn(port, "asgi:app", processes=processes, threads=1, worker_class="asgi")
    processes = PROCESSES[way] if name == "mall" else 4
    return gunicorn(port, target, processes=processes, threads=THREADS)


def _stop_tree(process: subprocess.Popen[bytes]) -> None:
    """With SO_REUSEPORT a worker that outlives its master would answer the next run."""
    children = psutil.Process(process.pid).children(recursive=True)
    stop(process)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()


def _spawn(
    stack: ExitStack, scratch: Path, environment: dict[str, str], name: str, command: list[str]
) -> subprocess.Popen[bytes]:
    metrics = scratch / f"metrics-{name}"
    metrics.mkdir()
    log = stack.enter_context((scratch / f"{name}.log").open("wb"))
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    stack.callback(_stop_tree, process)
    return process
