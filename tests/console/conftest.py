"""A browser for the tests of the console."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from tests.console.browsing import CHROMIUM
from tests.support.servers import serve


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine; in CI there must be one.

    Of one module: while Playwright is there an event loop counts as running in this thread, and
    the jobs of other tests need one of their own.
    """
    if CHROMIUM is None:
        assert "CI" not in os.environ, "no chromium: .ci/run installs it"
        pytest.skip("needs a browser: apt install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """Where the console is served."""
    with serve(app) as server:
        yield server.url
