"""A catalogue with nothing left in the process from the test before."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask import Flask

from mall.catalog.cache import CACHE
from mall.cli import context
from tests.support.http import Http
from tests.support.staff import make_staff


@pytest.fixture(autouse=True)
def empty_process_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    CACHE.forget_local()
    monkeypatch.setattr(CACHE, "_redis_pause_until", 0.0)


@pytest.fixture
def staff(http: Http) -> Http:
    """Somebody who may read and write the catalogue."""
    return http.as_(make_staff("catalog:read", "catalog:write", "link:write"))


@pytest.fixture
def cli(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The commands, in this run's mall."""
    monkeypatch.setattr(context, "build_app", lambda: app)
    return CliRunner()
