"""Tests speak to the mall by public names: what is private may change without them.

Only a *control*, which shows that a race can be lost, takes a private guard away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

TESTS = ROOT / "tests"
OURSELVES = {"self", "cls"}
OF_LIBRARIES = {
    "_asdict": "namedtuple",
    "_certificates": "wechatpayv3",
    "_converters": "werkzeug",
    "_core": "wechatpayv3",
    "_exit": "os",
    "_gate_way": "wechatpayv3",
    "_get_current_object": "werkzeug",
    "_labelnames": "prometheus_client",
    "_private_key": "wechatpayv3",
    "_public_key": "wechatpayv3",
    "_public_key_id": "wechatpayv3",
}
BY_NAME = {"setattr", "getattr", "hasattr", "delattr", "object"}
"""Functions whose second argument is the name of an attribute."""


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def uses(tree: ast.AST, in_control: bool = False) -> Iterator[tuple[int, str]]:
    """Line and name of each use of something private that isn't a library's."""
    for node in ast.iter_child_nodes(tree):
        control = in_control or (
            isinstance(node, ast.FunctionDef) and "control" in node.name.split("_")
        )
        if not control or not isinstance(node, ast.Call | ast.Attribute):
            yield from ((node.lineno, name) for name in named(node))  # type: ignore[attr-defined]
        yield from uses(node, control)


def named(node: ast.AST) -> list[str]:
    match node:
        case ast.ImportFrom(module=str(module), names=names) if module.startswith("mall"):
            return [one.name for one in names if private(one.name)]
        case ast.Attribute(value=ast.Name(id=owner)) if owner in OURSELVES:
            return []
        case ast.Attribute(attr=name) if private(name) and name not in OF_LIBRARIES:
            return [name]
        case ast.Call(func=ast.Name(id=call) | ast.Attribute(attr=call)) if call in BY_NAME:
            second = node.args[1:2]
            return [
                one.value
                for one in second
                if isinstance(one, ast.Constant) and private(str(one.value))
            ]
    return []


@pytest.mark.parametrize("folder", sorted(one.name for one in TESTS.iterdir() if one.is_dir()))
def test_tests_use_public_names(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sorted(Path(TESTS / folder).rglob("*.py"))
        for line, name in uses(ast.parse(path.read_text()))
    ]
    assert found == []


def test_the_check_sees_each_way() -> None:
    source = """
from mall.kernel.cache import _word
from mall.kernel import cache
cache._word()
monkeypatch.setattr(cache, "_word", None)
def test_control_without_the_lock():
    monkeypatch.setattr(cache, "_lock", None)
"""
    assert [name for _, name in uses(ast.parse(source))] == ["_word"] * 3
