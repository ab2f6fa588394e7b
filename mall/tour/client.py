"""A JSON client that stops the tour at the first unexpected answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import urllib3

TIMEOUT_S = 15


class TourFailed(Exception):
    """The mall did something else than the tour was about to show."""


def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=TIMEOUT_S, retries=False)


@dataclass
class Client:
    """One person's calls: a shopper, a staff member, or the simulator's console."""

    base_url: str
    token: str | None = None
    http: urllib3.PoolManager = field(default_factory=_pool)

    def get(self, path: str, *, expect: int = 200, **query: Any) -> Any:
        return self.call("GET", path, expect=expect, query=query)

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        expect: int = 201,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        sent = body if body is not None else {}
        return self.call("POST", path, body=sent, expect=expect, key=key, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        *,
        expect: int,
        body: Any = None,
        query: dict[str, Any] | None = None,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON of the answer; TourFailed when its status isn't `expect`."""
        sent = {"Idempotency-Key": key or uuid.uuid4().hex, **(headers or {})}
        asked = path + (f"?{urlencode(query)}" if query else "")
        return self._answer(method, asked, expect, headers=sent, json=body)

    def upload(self, path: str, jpeg: bytes) -> Any:
        """Send a picture as wx.uploadFile does."""
        form = {"file": ("picture.jpg", jpeg, "image/jpeg")}
        return self._answer("POST", path, 201, headers={}, fields=form)

    def _answer(
        self, method: str, path: str, expect: int, *, headers: dict[str, str], **body: Any
    ) -> Any:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self.http.request(
                method, self.base_url + path, headers=headers, redirect=False, **body
            )
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise TourFailed(f"{method} {path}: {fault}") from None
        if answer.status != expect:
            text = answer.data.decode("utf-8", "replace")
            raise TourFailed(
                f"{method} {path} answered {answer.status} instead of {expect}: {text[:400]}"
            )
        return answer.json() if answer.data else None


def until(what: str, ask: Callable[[], Any], within_s: float = 20) -> Any:
    """Ask again until the answer is true; TourFailed when it isn't in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.2)
    raise TourFailed(f"{what} didn't happen within {within_s:.0f} s")


def check(holds: bool, failure: str) -> None:
    """Stop the tour with `failure` unless `holds`."""
    if not holds:
        raise TourFailed(failure)
