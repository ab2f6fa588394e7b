"""The tests of a file run on one worker, one after the other, in their order."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.conftest import ROOT
from tests.support.parallel import ALONE, EACH_FOR_ITSELF, group_of

FILE = """
import os, time, pytest
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    time.sleep(0.02)
    with open({log!r}, "a") as lines:
        lines.write(f"{name} {{os.environ['PYTEST_XDIST_WORKER']}} {{number}}\\n")
"""


def test_a_file_stays_on_one_worker(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for name in "abcd":
        (tmp_path / f"test_{name}.py").write_text(FILE.format(log=str(log), name=name))
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "tests.support.parallel"]
    options = ["--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path)]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stdout
    ran = defaultdict(list)
    for line in log.read_text().splitlines():
        name, worker, number = line.split()
        ran[name, worker].append(int(number))
    assert sorted(name for name, _ in ran) == list("abcd")
    assert all(numbers == list(range(6)) for numbers in ran.values())
    assert len({worker for _, worker in ran}) == 2, "the other one is used, too"


def test_groups() -> None:
    assert {
        group_of(f"{file}/x.py::test_a" if file[-1] == "/" else f"{file}x.py::test_b")
        for file in ALONE
    } == {"alone"}
    [one, *_] = EACH_FOR_ITSELF
    assert group_of(f"{one}::test_a") != group_of(f"{one}::test_b")
    assert group_of("tests/cart/test_x.py::test_a") == group_of("tests/cart/test_x.py::test_b[1]")
