"""A real merchant's sheet, where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import func, select

from mall.catalog.importing.running import ImportResult
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.inventory.cli import import_files
from mall.inventory.models import Stock
from mall.kernel.db import transaction
from tests.conftest import SHARED
from tests.support.http import Http

DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(not (DATA / "catalogue.csv").exists(), reason="no real sheet here")


def run(*, dry_run: bool = False, file: Path = DATA / "catalogue.csv") -> ImportResult:
    console = Console(quiet=True)
    return import_files(
        file, DATA / "attributes.csv", DATA / "brands.csv", dry_run=dry_run, console=console
    )


def counted() -> dict[str, int]:
    with transaction() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Spu, Sku, Brand, Category)
        } | {"units": int(session.scalar(select(func.sum(Stock.received))) or 0)}


def test_every_row_goes_in_and_a_second_time_changes_nothing(app: Flask, http: Http) -> None:
    first = run()
    assert first.refusals == []
    assert first.counts["products created"] == 239
    assert first.counts["SKUs created"] == 244
    assert first.counts["brands created"] == 49
    written = counted()
    assert written == {"spus": 239, "skus": 244, "brands": 49, "categories": 25, "units": 24_761}

    second = run()
    assert dict(second.counts) == {
        "brands unchanged": 49,
        "products unchanged": 239,
        "SKUs unchanged": 244,
        "SKUs created": 0,
        "SKUs updated": 0,
    }
    assert counted() == written


def test_a_dry_run_reports_the_same_and_writes_nothing(app: Flask) -> None:
    result = run(dry_run=True)
    assert result.counts["SKUs created"] == 244
    assert set(counted().values()) == {0}


def test_the_words_of_the_issue_are_found(app: Flask, http: Http) -> None:
    run()
    sets = http.get("/api/v1/products/search", q="四件套", limit=100).get_json()["items"]
    titled = ["四件套" in card["name"] for card in sets]
    assert sum(titled) == 24
    assert titled == sorted(titled, reverse=True), "a word in the title ranks first"
    pillows = http.get("/api/v1/products/search", q="枕头", limit=100).get_json()["items"]
    assert any("枕" in card["name"] for card in pillows[:5])
