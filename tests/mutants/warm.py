"""A process that has imported the mall, and forks for each mutant.

For speed alone: importing is three quarters of what a run costs, and a fork has done it. The fork
changes the mutated function or constant in place. That isn't always possible, or enough (a
function that was called at import), so what survives here is tried again in a fresh process: a
mutant that is killed was killed, one that survives survived there.

Spoken to in lines of JSON: a `Job` in, `[code, output]` out.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import signal
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import hypothesis  # noqa: F401 - what follows is imported to be there
import pytest
import scipy.stats  # noqa: F401
import xdist  # noqa: F401

import tests.conftest  # noqa: F401 - brings the whole mall

READY = "ready"
NOT_IN_PLACE = 99
"""The exit code of a fork that can't change what the mutant changes."""
_STEP_S = 0.02


class NotInPlace(Exception):
    """The mutant changes something that can't be changed in a running process."""


def serve() -> None:
    """Say that all is imported, then work off jobs until the input ends."""
    for path in sorted(Path("tests/support").glob("*.py")):
        import_module(f"tests.support.{path.stem}")
    gc.freeze()  # else each fork would copy what it only looks at
    print(READY, flush=True)  # noqa: T201
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(_run(job)), flush=True)  # noqa: T201 - the answer


def _run(job: dict[str, Any]) -> tuple[int | None, str]:
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        pid = os.fork()
        if pid == 0:
            os._exit(_be_the_fork(job, output.fileno()))
        code = _wait(pid, job["limit_s"])
        output.seek(0)
        return code, output.read()


def _be_the_fork(job: dict[str, Any], output: int) -> int:
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(job["environment"])
    try:
        change_in_place(job["file"], job["before"], job["after"])
    except NotInPlace:
        return NOT_IN_PLACE
    try:
        return int(pytest.main(job["arguments"]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _wait(pid: int, limit_s: float) -> int | None:
    """The exit code; None when the time was up: then it is killed with what it started."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_STEP_S)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def change_in_place(file: str, before: str, after: str) -> None:
    """Make the module that was imported from `file` what its text is now. Raises NotInPlace."""
    if not file.endswith(".py"):
        raise NotInPlace  # scripts and the like are read at import
    module = sys.modules.get(file.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    if module is None:
        return  # it will be imported from its file
    old, new = ast.parse(before).body, ast.parse(after).body
    if len(old) != len(new):
        raise NotInPlace
    for was, now in zip(old, new, strict=True):
        if ast.dump(was) != ast.dump(now):
            _change(module, now)


def _change(module: ModuleType, node: ast.stmt) -> None:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        _execute(node, vars(module))
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        known = vars(module).copy()
        _execute(node, known)
        _take_over(vars(module)[node.name], known[node.name])
    elif isinstance(node, ast.ClassDef):
        known = vars(module).copy()
        _execute(node, known)
        _take_over_class(vars(module)[node.name], known[node.name])
    else:
        raise NotInPlace


def _execute(node: ast.stmt, known: dict[str, Any]) -> None:
    code = compile(ast.Module([node], []), "<mutant>", "exec")  # annotations as here: not evaluated
    exec(code, known)


def _take_over(old: object, new: object) -> None:
    if not isinstance(old, FunctionType) or not isinstance(new, FunctionType):
        raise NotInPlace
    try:
        old.__code__ = new.__code__
    except ValueError:  # other names of the enclosing function
        raise NotInPlace from None


def _take_over_class(old: type, new: type) -> None:
    for name, value in vars(new).items():
        now, was = _function_of(value), _function_of(vars(old).get(name))
        if now is not None and was is not None:
            _take_over(was, now)


def _function_of(member: object) -> FunctionType | None:
    function = member.fget if isinstance(member, property) else member
    return function if isinstance(function, FunctionType) else None


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    serve()
