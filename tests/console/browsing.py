"""A real browser on the console: what it may not say, ask of others, or hide from anybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.support.console import COOKIE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE, NARROW = (1280, 800), (360, 740)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


@dataclass
class Visit:
    """One browser window on the console at `url`."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the console and wait until nothing is loading any more."""
        self.page.goto(f"{self.url}{path}")
        expect(self.page.locator("[hx-trigger=load] > .quiet")).to_have_count(0, timeout=10_000)
        return self.page

    def check(self) -> None:
        """Whoever can't see, or has a phone, can use what is shown now."""
        found = Axe().run(self.page, options={"runOnly": WCAG}).response["violations"]
        assert not found, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        over = self.page.evaluate(
            "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, f"{self.page.url} scrolls sideways by {over} pixels"

    def hears(self, message: ConsoleMessage) -> None:
        """A refusal that was provoked is no fault; a policy's is, whatever provoked it."""
        is_answer = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not is_answer:
            self.said.append(message.text)

    def asks(self, request: Request) -> None:
        """Nothing is asked of another host."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and not request.url.startswith(self.url):
            self.elsewhere.append(request.url)


@contextmanager
def visit(
    browser: Browser, url: str, token: str | None = None, size: tuple[int, int] = WIDE
) -> Iterator[Visit]:
    """A window of this size, logged in with a session's token. Fails at its end when the browser
    complained or asked another host for anything."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", has_touch=size == NARROW
    )
    context.set_default_timeout(10_000)
    if token is not None:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    page = context.new_page()
    window = Visit(page, url)
    page.on("console", window.hears)
    page.on("pageerror", lambda fault: window.said.append(str(fault)))
    page.on("request", window.asks)
    try:
        yield window
        assert not window.said + window.elsewhere, window.said + window.elsewhere
    finally:
        context.close()
