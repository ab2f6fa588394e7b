"""The commands that `deploy/` starts, as they can be started here: tests run what operators run."""

from __future__ import annotations

import shlex
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
_BIN = "/opt/mall/.venv/bin/"


def compose() -> dict[str, Any]:
    """`compose.yaml` with its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def unit(file: Path) -> dict[str, dict[str, str]]:
    """The sections of a unit file; of a key that stands there more than once, the last."""
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(file.read_text())
    return {name: dict(parser[name]) for name in parser.sections()}


def command_of_unit(role: str) -> list[str]:
    """ExecStart of `mall-<role>.service`, with this virtual environment in place of the host's."""
    line = unit(DEPLOY / "systemd" / f"mall-{role}.service")["Service"]["ExecStart"]
    program, *words = shlex.split(line)
    assert program.startswith(_BIN), line
    name = program.removeprefix(_BIN)
    return [sys.executable, *([] if name == "python" else ["-m", name]), *words]
