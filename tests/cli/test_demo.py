"""The demo shop: goods, and flash sales that are there when somebody looks."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.flashsale.public import view
from tests.support.catalog import make_sku
from tests.support.cli import mall
from tests.support.flashsale import let_it_end
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.inventory import stock


@pytest.fixture
def goods(app: Flask) -> None:
    """The demo's own goods are many; six do, and the catalogue stays as it is."""
    for number in range(6):
        stock(make_sku(price_fen=10_000 + number), 50)


def phases(http: Http) -> list[tuple[str, str, int]]:
    view.CACHE.invalidate()
    return [
        (one["id"], one["phase"], len(one["items"]))
        for one in http.get("/api/v1/flash-sessions").get_json()["items"]
    ]


def test_a_sale_now_and_one_tomorrow(app: Flask, http: Http, goods: None) -> None:
    loaded = mall(app, "demo", "load")
    assert loaded.exit_code == 0, loaded.output
    assert "2 flash sales" in loaded.output
    first = phases(http)
    assert [one[1:] for one in first] == [("live", 3), ("upcoming", 3)]
    check_invariants()
    assert "0 flash sales" in mall(app, "demo", "load").output
    assert phases(http) == first
    for session_id, _, _ in first:
        let_it_end(int(session_id))
    assert "2 flash sales" in mall(app, "demo", "load").output
    assert [one[1] for one in phases(http)].count("live") == 1
