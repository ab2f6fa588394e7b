"""The files of deploy/ fit each other and the mall; containers themselves aren't started here."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import REGISTRY

from mall.cli import main
from mall.config import Config, variables
from tests.support.deployed import DEPLOY, UNITS, command_of_unit, compose, unit

COMPOSE = compose()
LONG_LIVED = {name: one for name, one in COMPOSE["services"].items() if name != "migrate"}
JOBS = ("worker", "flash-worker")
OTHERS = {"PROMETHEUS_MULTIPROC_DIR", "MALL_DRAIN_S"}
a_unit = pytest.mark.parametrize("file", UNITS, ids=lambda path: path.stem)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_bounded(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]
    assert all("size=" in mount for mount in service.get("tmpfs", []))


@pytest.mark.parametrize("name", LONG_LIVED)
def test_what_lives_long_is_asked_whether_it_is_alive(name: str) -> None:
    asked = " ".join(LONG_LIVED[name]["healthcheck"]["test"])
    assert "/healthz" in asked, "not /readyz: a restart of PostgreSQL must not kill everybody"
    assert LONG_LIVED[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", *JOBS])
def test_what_needs_the_schema_waits_for_it_and_for_nothing_else(name: str) -> None:
    waits = {"migrate": {"condition": "service_completed_successfully"}}
    assert COMPOSE["services"][name]["depends_on"] == waits


def test_what_is_scaled_publishes_no_port_and_has_no_name_of_its_own() -> None:
    published = {name for name, one in COMPOSE["services"].items() if "ports" in one}
    assert published == {"proxy"}
    assert not any("container_name" in one for one in COMPOSE["services"].values())


@pytest.mark.parametrize("name", ["migrate", "worker", "flash-worker"])
def test_commands_are_of_the_mall(name: str) -> None:
    command: Any = main
    _, _, module, *words = COMPOSE["services"][name]["command"]
    assert module == "mall"
    for word in words:
        command = command.commands[word]


@pytest.mark.parametrize("role", JOBS)
def test_compose_starts_what_the_unit_starts(role: str) -> None:
    """And tests/faults start it from the unit, to restart PostgreSQL and Redis under it."""
    _, *words = command_of_unit(role)
    assert COMPOSE["services"][role]["command"] == ["python", *words]


def test_the_image_starts_what_the_unit_of_web_starts() -> None:
    said = re.search(r"^CMD (\[.*\])$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert said
    assert "command" not in COMPOSE["services"]["web"]
    _, dash_m, *command = command_of_unit("web")
    assert (dash_m, command) == ("-m", yaml.safe_load(said[1]))


def test_a_stop_has_time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    web = COMPOSE["services"]["web"]
    stops = [(web["environment"]["MALL_DRAIN_S"], web["stop_grace_period"])]
    of_unit = DEPLOY / "systemd" / "mall-web.service"
    drain = re.search(r"^Environment=MALL_DRAIN_S=(\d+)$", of_unit.read_text(), re.MULTILINE)
    assert drain
    stops.append((drain[1], unit(of_unit)["Service"]["TimeoutStopSec"]))
    for drains, stop in stops:
        monkeypatch.setenv("MALL_DRAIN_S", drains)
        graceful = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["graceful_timeout"]
        assert graceful > int(drains)
        assert int(stop.removesuffix("s")) > graceful


def test_a_web_serves_on_for_longer_than_the_proxy_keeps_its_address() -> None:
    (valid,) = re.findall(r"resolver .* valid=(\d+)s", (DEPLOY / "nginx.conf").read_text())
    assert int(COMPOSE["services"]["web"]["environment"]["MALL_DRAIN_S"]) > int(valid)


@pytest.fixture
def cores(tmp_path: Path) -> Callable[..., int]:
    """`cores(quota, around=…)`: how many gunicorn counts under such quotas."""
    count = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["_cores"]
    ours = tmp_path / "mall.slice" / "mall-web.service"
    ours.mkdir(parents=True)
    (tmp_path / "own").write_text("9:cpu:/other\n0::/mall.slice/mall-web.service\n")

    def counted(quota: str | None, *, around: str | None = None) -> int:
        for directory, said in ((ours, quota), (ours.parent, around)):
            if said:
                (directory / "cpu.max").write_text(f"{said}\n")
        found: int = count(tmp_path, tmp_path / "own")
        return found

    return counted


@pytest.mark.parametrize(("quota", "allowed"), [("150000 100000", 2), ("20000 100000", 1)])
def test_cores_are_those_of_the_quota(cores: Callable[..., int], quota: str, allowed: int) -> None:
    machine = cores(None)
    assert machine >= 1
    assert cores("max 100000") == machine
    assert cores("max 100000", around=quota) == min(allowed, machine)
    assert cores(quota, around="max 100000") == min(allowed, machine)


def test_variables_exist() -> None:
    known = {one.name for one in variables(Config).values()}
    example = (DEPLOY / "mall.env.example").read_text()
    named = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert named <= known
    assert "MALL_TRUSTED_PROXIES" in named
    for service in COMPOSE["services"].values():
        assert set(service.get("environment", {})) <= known | OTHERS
    for file in UNITS:
        named = set(re.findall(r"^Environment=(\w+)=", file.read_text(), re.MULTILINE))
        assert named <= known | OTHERS


def test_alerts_are_about_figures_that_there_are(app: Flask) -> None:
    kinds = {"_total", "_count", "_sum", "_bucket", ""}
    there = {f"{one.name}{kind}" for one in REGISTRY.collect() for kind in kinds}
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 5
    for rule in rules:
        named = set(re.findall(r"\bmall_\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= there, rule["alert"]
        assert rule["annotations"]["summary"]


@a_unit
def test_units_start_what_there_is(file: Path) -> None:
    words = shlex.split(unit(file)["Service"]["ExecStart"])
    if words[1:3] == ["-m", "mall"]:
        assert words[3] in main.commands
    else:
        assert words[1:] == ["-c", "deploy/gunicorn.conf.py", "asgi:app"]


@a_unit
def test_a_unit_comes_back_however_long_its_database_is_away(file: Path) -> None:
    """It is never given up, and no other unit takes it down."""
    sections = unit(file)
    assert sections["Service"]["Restart"] == "always", "whatever the exit code"
    assert int(sections["Service"]["RestartSec"]) >= 1
    assert sections["Unit"]["StartLimitIntervalSec"] == "0"
    binding = {"Requires", "Requisite", "BindsTo", "PartOf", "Conflicts"}
    assert not binding & set(sections["Unit"])


@a_unit
def test_units_are_bounded(file: Path) -> None:
    service = unit(file)["Service"]
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == "", "none"
    assert service["User"] == "mall"
    assert service["MemoryMax"]
    assert service["TasksMax"]


def test_the_proxy_passes_no_figures_on_and_counts_no_web_as_dead() -> None:
    said = (DEPLOY / "nginx.conf").read_text()
    assert "location = /metrics { return 404; }" in said
    assert "max_fails=0" in said
    assert "non_idempotent" not in said
