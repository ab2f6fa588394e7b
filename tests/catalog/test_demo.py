"""The demo shop is loaded by one command, and only once."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

from tests.support.http import Http


def test_the_demo_catalogue_goes_in_whole_and_once(cli: Callable[..., Result], http: Http) -> None:
    first = cli("demo", "load")
    assert first.exit_code == 0, first.output
    assert "30 products created" in first.output
    assert "50 SKUs created" in first.output
    assert "refused" not in first.output

    second = cli("demo", "load")
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
