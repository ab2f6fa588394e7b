"""The sources themselves: layers, types, lint, imports at the top, sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted((ROOT / "mall").rglob("*.py"))
MOST_LINES = 320


def run(*command: str) -> None:
    """Run one of the tools on the whole project; show what it says when it isn't content."""
    tool = Path(sys.executable).parent / command[0]
    done = subprocess.run(
        [str(tool), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(
    "command",
    [
        ("lint-imports", "--config", ".importlinter"),
        ("mypy",),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
    ],
    ids=["layers", "types", "lint", "format"],
)
def test_the_tools_are_content(command: tuple[str, ...]) -> None:
    run(*command)


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a cycle; only what is big, and few processes use, may
    wait: a dictionary, a library that brings scipy along."""
    may_wait = {"import rjieba", "import pypinyin", "from datasketch import MinHash"}
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if ast.unparse(node) not in may_wait
    ]
    assert hidden == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_modules_stay_small() -> None:
    sizes = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in MODULES}
    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}


def test_only_the_settings_read_the_environment_of_the_mall() -> None:
    """Those programs that aren't the mall have their own ways, and so has /metrics."""
    free = (
        "mall/config/",
        "mall/runtime/",
        "mall/wechat/simulator/",
        "mall/kernel/http/health.py",
        "mall/cli/",
    )
    readers = [
        name
        for path in MODULES
        if "os.environ" in path.read_text() or "getenv(" in path.read_text()
        if not (name := str(path.relative_to(ROOT))).startswith(free)
    ]
    assert readers == []
