"""A catalogue with nothing left in the process from the test before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from mall.catalog.cache import CACHE
from tests.support.cli import mall
from tests.support.http import Http
from tests.support.staff import make_staff


@pytest.fixture(autouse=True)
def empty_process_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    CACHE.clear_local()
    monkeypatch.setattr(CACHE, "redis_pause_until", 0.0)


@pytest.fixture
def staff(http: Http) -> Http:
    """Somebody who may read and write the catalogue."""
    return http.as_(make_staff("catalog:read", "catalog:write", "catalog:cost", "link:write"))


@pytest.fixture
def cli(app: Flask) -> Callable[..., Result]:
    """Run `mall …` in this run's mall."""
    return lambda *arguments: mall(app, *arguments)
