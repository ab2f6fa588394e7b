"""Running tests against a mutant, and what their outcome means."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.mutants.checkout import copy_checkout, mutated
from tests.mutants.mutant import Mutant, Stale
from tests.mutants.servers import Servers

MIGRATES = ("tests/contract/test_other_shoppers.py::test_every_route_with_an_id_is_in_the_table",)
"""A quick test that needs a migrated database."""
_OPTIONS = ("-x", "--tb=line", "-p", "no:cacheprovider", "-p", "no:schemathesis")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+)", re.MULTILINE)
_REASON = re.compile(r"^\S+\.py:\d+: (.*)$", re.MULTILINE)


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out, killed"
    EXPLAINED = "survived, explained"
    SURVIVED = "SURVIVED"
    STALE = "NO LONGER APPLIES"
    FAULTY = "FAULTY"

    @property
    def is_good(self) -> bool:
        return self in (Verdict.KILLED, Verdict.TIMED_OUT, Verdict.EXPLAINED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`note`: which test noticed, or what is wrong with the mutant."""

    mutant: Mutant
    verdict: Verdict
    seconds: float
    note: str = ""


class RedBase(Exception):
    """The tests fail without any mutant; with pytest's output."""


class Worker:
    """A copy of the checkout at `root` with servers of its own: one mutant at a time.

    `warm` is the process of `warm.py`, in which a mutant is tried first.
    """

    def __init__(self, root: Path, servers: Servers, warm: subprocess.Popen[str]) -> None:
        self._root, self._servers, self._warm = root, servers, warm

    def check_base(self, tests: Sequence[str]) -> None:
        """Run tests without a mutant. Raises RedBase."""
        with self._servers.database() as environment:
            code, output = run_tests(tests, self._root, environment)
        if code != 0:
            raise RedBase(output)

    def judge(self, mutant: Mutant, limit_s: float) -> Outcome:
        """Run the mutant's tests; the copy is as before afterwards."""
        start = time.monotonic()
        try:
            with mutated(mutant, self._root) as before:
                verdict, note = self._try_warm(mutant, before, limit_s)
                if verdict not in (Verdict.KILLED, Verdict.TIMED_OUT):
                    verdict, note = self._try(mutant, limit_s)
        except (Stale, FileNotFoundError) as stale:
            verdict, note = Verdict.STALE, str(stale)
        except SyntaxError as error:
            verdict, note = Verdict.FAULTY, str(error)
        return Outcome(mutant, verdict, time.monotonic() - start, note)

    def _try(self, mutant: Mutant, limit_s: float) -> tuple[Verdict, str]:
        with self._servers.database() as environment:
            code, output = run_tests(mutant.tests, self._root, environment, limit_s)
        return read(code, output, is_explained=mutant.explained is not None)

    def _try_warm(self, mutant: Mutant, before: str, limit_s: float) -> tuple[Verdict, str]:
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        with self._servers.database() as environment:
            job = {
                "file": mutant.file,
                "before": before,
                "after": mutant.mutated(before),
                "arguments": [*_OPTIONS, *mutant.tests],
                "environment": environment,
                "limit_s": limit_s,
            }
            self._warm.stdin.write(json.dumps(job) + "\n")
            self._warm.stdin.flush()
            answer = self._warm.stdout.readline()
        if not answer:
            return Verdict.FAULTY, "the warm process has ended"
        code, output = json.loads(answer)
        return read(code, output, is_explained=mutant.explained is not None)


@contextmanager
def working(directory: Path) -> Iterator[Worker]:
    """A worker with its data in `directory`, ready to work. Raises RedBase when not even the
    migrations run."""
    root = directory / "checkout"
    copy_checkout(root)
    servers = Servers(directory)
    try:
        code, output = run_tests(MIGRATES, root, servers.template)
        if code != 0:
            raise RedBase(output)
        serve = ["-m", "tests.mutants.warm"]
        with _start(serve, root, {}, stdin=subprocess.PIPE, stderr=None) as warm:
            assert warm.stdout is not None
            warm.stdout.readline()  # until then it imports what no mutant may have changed
            try:
                yield Worker(root, servers, warm)
            finally:
                warm.kill()
    finally:
        servers.stop()


def read(code: int | None, output: str, *, is_explained: bool) -> tuple[Verdict, str]:
    """The verdict, and what to say of it. Only a test that fails kills; no `code`: a time-out.

    Tests that can't be collected, or a mall that doesn't start, show nothing about a guard.
    """
    failed = _FAILED.search(output)
    reasons = _REASON.findall(output)
    if code is None:
        return Verdict.TIMED_OUT, ""
    if code == 0:
        return (Verdict.EXPLAINED if is_explained else Verdict.SURVIVED), ""
    if code != 1 or failed is None or "ERROR at setup of" in output:
        return Verdict.FAULTY, f"pytest exit code {code}: {output.strip()[-600:]}"
    note = f"{failed[1]}  {reasons[-1][:160] if reasons else ''}".rstrip()
    return Verdict.KILLED, f"{note} (explained all the same)" if is_explained else note


def run_tests(
    tests: Sequence[str], root: Path, environment: Mapping[str, str], limit_s: float | None = None
) -> tuple[int | None, str]:
    """pytest's exit code and output; None when the time was up."""
    with _start(["-m", "pytest", *_OPTIONS, *tests], root, environment) as pytest:
        try:
            output, _ = pytest.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            return None, _stop(pytest)
        except BaseException:
            _stop(pytest)
            raise
        return pytest.returncode, output


def _start(
    arguments: Sequence[str],
    root: Path,
    environment: Mapping[str, str],
    *,
    stdin: int | None = None,
    stderr: int | None = subprocess.STDOUT,
) -> subprocess.Popen[str]:
    # Modules are read from their compiled form; without it a run takes twice as long.
    known = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=root,
        env={**known, **environment},
        stdout=subprocess.PIPE,
        stdin=stdin,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def _stop(pytest: subprocess.Popen[str]) -> str:
    """End a run, and what it started. Its servers aren't its own."""
    os.killpg(pytest.pid, signal.SIGKILL)
    return pytest.communicate()[0]
