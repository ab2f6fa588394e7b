"""The demo shop is loaded by one command, and only once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask import Flask

from mall.cli import context, main
from tests.support.http import Http


@pytest.fixture()
def cli(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The commands, in this run's mall."""
    monkeypatch.setattr(context, "build_app", lambda: app)
    return CliRunner()


def test_the_demo_catalogue_goes_in_whole_and_once(cli: CliRunner, http: Http) -> None:
    first = cli.invoke(main, ["demo", "load"])
    assert first.exit_code == 0, first.output
    assert "30 products created" in first.output
    assert "50 SKUs created" in first.output
    assert "refused" not in first.output

    second = cli.invoke(main, ["demo", "load"])
    assert second.exit_code == 0, second.output
    assert "30 products unchanged" in second.output
    assert "created" not in second.output

    listed = http.get("/api/v1/products", limit=100).get_json()["items"]
    assert len(listed) == 30
    picture = http.get(listed[0]["image"])
    assert picture.status_code == 200
    assert picture.content_type.startswith("image/svg")
    assert (
        http.get("/api/v1/products/search", q="枕头").get_json()["items"][0]["name"] == "荞麦枕头"
    )
