"""The `mall` command: as a process of its own, or quickly inside this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from click.testing import CliRunner, Result
from flask import Flask

from mall.cli import main
from tests.conftest import ROOT

Finished = subprocess.CompletedProcess[str]


def mall_process(environment: Mapping[str, str], *arguments: object) -> Finished:
    """Run `mall ARGUMENTS…` as the supervisor does and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", "mall", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def mall(app: Flask, *arguments: object) -> Result:
    """Run `mall ARGUMENTS…` against the app of this test; only its making is left out."""
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(main, [str(each) for each in arguments], obj=lambda: app)
