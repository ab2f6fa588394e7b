"""The steps of `mall run`, from an empty directory to a shop that answers.

What it starts it puts on a stack, so that the end, and a failure half-way, stop it in
the reverse order: web, flash workers, worker, simulator, Redis, PostgreSQL.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from mall.runtime.batch import Batch
from mall.runtime.environment import write_environment, write_private
from mall.runtime.errors import RuntimeFault
from mall.runtime.layout import Layout
from mall.runtime.paths import make_directory
from mall.runtime.ports import Ports
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from mall.runtime.revival import Revival
from mall.runtime.secret_store import NAMES, ensure_secrets
from mall.runtime.services import Service, ServiceProcess
from mall.runtime.steps import Steps
from mall.wechat.simulator.credentials import ensure_credentials

MALL = (sys.executable, "-m", "mall")
_GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "asgi:app")
_STAFF = "First staff account"
_FIRST_STAFF = "admin"
_STOP_ORDER = ("web", "flash-worker", "worker", "simulator")
_MAX_FLASH_WORKERS = 16


@dataclass
class Startup:
    """What `mall run` has started so far: servers, services, their environment."""

    layout: Layout
    ports: Ports
    steps: Steps
    stack: ExitStack
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    services: list[ServiceProcess] = field(default_factory=list)
    revivals: list[Revival] = field(default_factory=list)
    new_staff_login: str = ""
    in_production: bool = field(init=False)
    simulates_wechat: bool = field(init=False)

    def __post_init__(self) -> None:
        self.in_production = self.environment.get("MALL_ENV", "").strip() == "production"
        self.simulates_wechat = not self.given("MALL_WECHAT_APPID") and not self.in_production

    def given(self, name: str) -> bool:
        """True if the person set the variable to something, or named a file that holds it."""
        return any(self.environment.get(one, "").strip() for one in (name, f"{name}_FILE"))


def start_mall(start: Startup, *, demo: bool) -> None:
    """Run every step; raises RuntimeFault at the first that fails."""
    _check_production_servers(start)
    flash_workers = _flash_workers(start)
    start.ports.check(with_simulator=start.simulates_wechat)
    layout = start.layout
    for directory in (layout.logs, layout.run):
        make_directory(directory)
    shutil.rmtree(layout.metrics, ignore_errors=True)
    make_directory(layout.metrics)
    start.environment |= start.ports.environment()
    start.environment.setdefault("MALL_PUBLIC_BASE_URL", start.ports.web_url)
    start.environment.setdefault("MALL_UPLOADS_DIR", str(layout.uploads))
    _start_servers(start)
    _load_secrets(start)
    start.stack.callback(_stop_services, start)
    if start.simulates_wechat:
        _start_simulator(start)
    write_environment(layout, start.environment)
    # Not for commands run by hand: their figures would stay in the mall's directory.
    start.environment["PROMETHEUS_MULTIPROC_DIR"] = str(layout.metrics)
    # Simulator and web come up while the schema is made: neither asks for it at its start.
    _launch(start, "web", [*_GUNICORN], timeout_s=25)
    _set_up(start, demo=demo)
    _launch(start, "worker", [*MALL, "worker"], timeout_s=30)
    for number in range(1, flash_workers + 1):
        name = "flash-worker" if number == 1 else f"flash-worker-{number}"
        _launch(start, name, [*MALL, "flash-worker"], timeout_s=15)
    _wait_for_all(start)


def _check_production_servers(start: Startup) -> None:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not start.given(name)]
    if start.in_production and missing:
        raise RuntimeFault(
            f"MALL_ENV is production and {' and '.join(missing)} not set: the embedded servers are "
            "for development and tests"
        )


def _flash_workers(start: Startup) -> int:
    said = start.environment.get("MALL_FLASH_WORKERS", "").strip() or "1"
    if not said.isdecimal() or int(said) > _MAX_FLASH_WORKERS:
        raise RuntimeFault(
            f"MALL_FLASH_WORKERS is {said!r}: it takes a number from 0 to {_MAX_FLASH_WORKERS}"
        )
    return int(said)


def _start_servers(start: Startup) -> None:
    layout = start.layout
    embedded: dict[str, EmbeddedPostgres | EmbeddedRedis] = {
        "DATABASE_URL": EmbeddedPostgres(layout.postgres),
        "REDIS_URL": EmbeddedRedis(layout.redis),
    }
    for variable, server in embedded.items():
        if start.given(variable):
            with start.steps.step(server.name) as details:
                details.append(f"yours, by {variable}")
            continue
        with start.steps.step(f"{server.name}, embedded") as details:
            start.stack.callback(_stop_server, start, server)
            start.environment[variable] = server.start()
            start.revivals.append(Revival(server, start.environment[variable]))
            details.append(short_path(server.data_dir))


def _load_secrets(start: Startup) -> None:
    if start.in_production or all(map(start.given, NAMES)):
        return
    with start.steps.step("Secrets of this shop") as details:
        for name, value in ensure_secrets(start.layout).items():
            if not start.given(name):
                start.environment[name] = value
        details.append(short_path(start.layout.secrets))


def _start_simulator(start: Startup) -> None:
    with start.steps.step("WeChat accounts, simulated") as details:
        credentials = ensure_credentials(start.layout.wechat)
        start.environment |= credentials.environment(start.ports.simulator_url)
        details.append(short_path(start.layout.wechat))
    command = [sys.executable, "-m", "mall.wechat.simulator"]
    command += ["--port", str(start.ports.simulator), "--state-dir", str(start.layout.wechat)]
    command += ["--mall-url", start.ports.web_url]
    _launch(start, "simulator", command, timeout_s=5)


def _set_up(start: Startup, *, demo: bool) -> None:
    """Schema, demo shop and first staff account; the last two are a developer's."""
    login = start.layout.staff_login
    wanted: dict[str, tuple[str, ...]] = {"Database schema": ("db", "upgrade")}
    if demo and not start.in_production:
        wanted["Demo shop"] = ("demo", "load")
    if not start.in_production and not login.exists():
        wanted[_STAFF] = ("staff", "create-admin", _FIRST_STAFF, "--if-none", "--json")
    commands = list(wanted.values())
    with Batch(commands, start.environment, start.layout.logs / "setup.log") as batch:
        for title in wanted:
            with start.steps.step(title):
                printed = batch.wait_for_next()
                if title == _STAFF:
                    _keep_login(start, printed)


def _keep_login(start: Startup, printed: str) -> None:
    """Keep the one line of JSON with the new account; there is none if an admin exists."""
    for line in printed.splitlines():
        try:
            account = json.loads(line)
            login = f"username: {account['username']}\npassword: {account['password']}"
        except (ValueError, KeyError, TypeError):
            continue
        write_private(start.layout.staff_login, login + "\n")
        start.new_staff_login = login


def _wait_for_all(start: Startup) -> None:
    services = {service.name: service for service in start.services}
    if "simulator" in services:
        with start.steps.step("WeChat simulator"):
            services["simulator"].wait_for(f"{start.ports.simulator_url}/phone")
    with start.steps.step("Web and worker") as details:
        services["web"].wait_for(f"{start.ports.web_url}/readyz")
        for name, service in services.items():
            if "worker" in name:
                service.check()
        details.append(f"{start.ports.web_url}/readyz answers")


def _launch(start: Startup, name: str, command: list[str], *, timeout_s: float) -> None:
    log = start.layout.logs / f"{name}.log"
    process = ServiceProcess(Service(name, command, log, timeout_s), start.environment)
    start.services.append(process)
    process.start()


def _stop_services(start: Startup) -> None:
    """No new requests first, then the admitted attempts, then no new jobs, then WeChat."""
    for process in sorted(start.services, key=_stop_rank):
        with start.steps.step(f"Stop {process.name}") as details:
            if not process.stop():
                details.append(f"killed: it did not end in {process.service.timeout_s:.0f} s")


def _stop_rank(process: ServiceProcess) -> int:
    return _STOP_ORDER.index(process.name.rstrip("-0123456789"))


def _stop_server(start: Startup, server: EmbeddedPostgres | EmbeddedRedis) -> None:
    if server.is_running and server.is_owner:
        with start.steps.step(f"Stop {server.name}"):
            server.stop()


def short_path(path: Path) -> str:
    """A path as short as it can be typed here."""
    short = os.path.relpath(path)
    return str(path) if short.startswith("..") else short
