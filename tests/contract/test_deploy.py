"""The files of deploy/ fit each other and the mall; containers themselves aren't started here."""

from __future__ import annotations

import re
import runpy
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import REGISTRY

from mall.cli import main
from mall.config import Config, variables
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
LONG_LIVED = {name: one for name, one in COMPOSE["services"].items() if name != "migrate"}
OTHERS = {"PROMETHEUS_MULTIPROC_DIR", "MALL_DRAIN_S"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


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


def test_what_is_scaled_publishes_no_port() -> None:
    published = {name for name, one in COMPOSE["services"].items() if "ports" in one}
    assert published == {"proxy"}


@pytest.mark.parametrize("name", ["migrate", "worker", "flash-worker"])
def test_commands_are_of_the_mall(name: str) -> None:
    command: Any = main
    _, _, module, *words = COMPOSE["services"][name]["command"]
    assert module == "mall"
    for word in words:
        command = command.commands[word]


def test_a_stop_has_time_enough() -> None:
    graceful = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["graceful_timeout"]
    web = COMPOSE["services"]["web"]
    grace = int(web["stop_grace_period"].removesuffix("s"))
    assert grace > graceful + int(web["environment"]["MALL_DRAIN_S"])


@pytest.mark.parametrize(
    ("quota", "cores"), [("150000 100000", 2), ("20000 100000", 1), ("max 100000", None)]
)
def test_cores_are_those_of_the_quota(tmp_path: Path, quota: str, cores: int | None) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    count = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["_cores"]
    machine = count(tmp_path / "missing")
    assert count(file) == (machine if cores is None else min(cores, machine))


def test_variables_exist() -> None:
    known = {one.name for one in variables(Config).values()}
    example = (DEPLOY / "mall.env.example").read_text()
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) <= known
    for service in COMPOSE["services"].values():
        named = set(service.get("environment", {}))
        assert named <= known | OTHERS
    for unit in UNITS:
        named = set(re.findall(r"^Environment=(\w+)=", unit.read_text(), re.MULTILINE))
        assert named <= known | OTHERS


def test_alerts_are_about_figures_that_there_are(app: Flask) -> None:
    kinds = {"_total", "_count", "_sum", "_bucket", ""}
    there = {f"{one.name}{kind}" for one in REGISTRY.collect() for kind in kinds}
    rules = [rule for group in _alerts()["groups"] for rule in group["rules"]]
    assert len(rules) > 5
    for rule in rules:
        named = set(re.findall(r"\bmall_\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= there, rule["alert"]
        assert rule["annotations"]["summary"]


def _alerts() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_start_what_there_is(unit: Path) -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit.read_text())
    service = dict(parser["Service"])
    assert service["Restart"] == "always", "whatever the exit code"
    if "-m mall " in service["ExecStart"]:
        assert service["ExecStart"].rsplit(" ", 1)[1] in main.commands
    else:
        assert (ROOT / "asgi.py").exists()
        assert "deploy/gunicorn.conf.py asgi:app" in service["ExecStart"]


def test_the_proxy_passes_no_figures_on_and_counts_no_web_as_dead() -> None:
    said = (DEPLOY / "nginx.conf").read_text()
    assert "location = /metrics { return 404; }" in said
    assert "max_fails=0" in said
    assert "non_idempotent" not in said
