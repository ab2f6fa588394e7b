"""Connections of the engine are autocommit: each statement would be committed alone. So a
connection beside the session's is opened by `connect_transactional` only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

OPENERS = {"begin", "connect", "raw_connection"}
ALLOWED = {
    "mall/kernel/db.py": "`connect_transactional` itself",
    "mall/kernel/migrating.py": "migrations have no time-outs",
}


def openings(source: str) -> Iterator[int]:
    """Lines on which a connection of an engine is opened, or an engine is made."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in OPENERS:
                if ast.unparse(owner).lower().split(".")[-1].removesuffix("()").endswith("engine"):
                    yield node.lineno
            case ast.Call(func=ast.Name(id="create_engine") | ast.Attribute(attr="create_engine")):
                yield node.lineno


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("with db.engine.connect() as c: pass", [1]),
        ("with engine.begin() as c: pass", [1]),
        ("session.get_engine().raw_connection()", [1]),
        ("sqlalchemy.create_engine(url)", [1]),
        ("with connect_transactional(db.engine) as c: pass", []),
        ("connect(url); session.begin()", []),
    ],
)
def test_what_opens_a_connection(source: str, found: list[int]) -> None:
    assert list(openings(source)) == found


def test_only_the_kernel_opens_connections() -> None:
    files = {str(path.relative_to(ROOT)): path for path in (ROOT / "mall").rglob("*.py")}
    opened = {name for name, path in files.items() if any(openings(path.read_text()))}
    assert opened == set(ALLOWED)
