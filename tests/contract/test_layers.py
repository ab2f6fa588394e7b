"""The layers, and the map of the packages in `mall/__init__.py`."""

from __future__ import annotations

import re
from configparser import ConfigParser

import grimp
import pytest

import mall
from tests.conftest import ROOT

MAY_KNOW: dict[str, set[str]] = {
    # The servers' keeper makes the merchant's credentials of the simulator.
    "mall.runtime": {"mall.wechat.simulator.credentials"},
    # The tour knows the mall by HTTP; yuan from fen, for people's eyes.
    "mall.tour": {"mall.kernel.money"},
    # The simulator and the mall share nothing but HTTP.
    "mall.wechat.simulator": set(),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("mall", cache_dir=None)


@pytest.mark.parametrize("package", MAY_KNOW)
def test_what_stands_beside_the_layers_knows_little(graph: grimp.ImportGraph, package: str) -> None:
    own = {package, *graph.find_descendants(package)}
    known = graph.find_upstream_modules(package, as_package=True)
    parents = {name.rsplit(".", 1)[0] for name in MAY_KNOW[package]} | {"mall", "mall.wechat"}
    assert known - own - parents <= MAY_KNOW[package]


def test_the_map_shows_every_package_in_the_order_of_the_layers() -> None:
    shown = re.findall(r"^    (\w+) +\S", mall.__doc__ or "", re.MULTILINE)
    folders = {path.name for path in (ROOT / "mall").iterdir() if path.is_dir()}
    folders -= {"__pycache__"}
    modules = {"application", "wiring"}
    assert len(shown) == len(set(shown))
    assert set(shown) == folders | modules
    lines = layers()
    order = [name for line in reversed(lines) for name in line]
    mapped = [name for name in shown if name in order]
    rank = {name: number for number, line in enumerate(reversed(lines)) for name in line}
    assert mapped == sorted(mapped, key=lambda name: rank[name]), "not in the order of the layers"


def layers() -> list[list[str]]:
    """The layers of `.importlinter`, the highest first."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    text = parser["importlinter:contract:layers"]["layers"]
    return [[name.strip() for name in line.split("|")] for line in text.split("\n") if line]
