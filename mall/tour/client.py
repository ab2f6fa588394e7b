"""A JSON client that stops the tour at the first answer that isn't as promised."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

TIMEOUT_S = 15


class NotAsPromised(Exception):
    """The mall did something else than the tour was about to show."""


@dataclass
class Client:
    """One person's calls: a shopper, a staff member, or the simulator's console."""

    base_url: str
    token: str | None = None
    session: requests.Session = field(default_factory=requests.Session)

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
        """The JSON of the answer; NotAsPromised when its status isn't `expect`."""
        sent = {"Idempotency-Key": key or uuid.uuid4().hex, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self.session.request(
                method, self.base_url + path, json=body, params=query, headers=sent,
                timeout=TIMEOUT_S,
            )  # fmt: skip
        except requests.RequestException as fault:
            raise NotAsPromised(f"{method} {path}: {fault}") from None
        if answer.status_code != expect:
            raise NotAsPromised(
                f"{method} {path} answered {answer.status_code} instead of {expect}: "
                f"{answer.text[:400]}"
            )
        return answer.json() if answer.content else None


def until(what: str, ask: Callable[[], Any], within_s: float = 20) -> Any:
    """Ask again until the answer is true; NotAsPromised when it isn't in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.2)
    raise NotAsPromised(f"{what} didn't happen within {within_s:.0f} s")


def promise(kept: bool, what: str) -> None:
    """Stop the tour when something isn't so."""
    if not kept:
        raise NotAsPromised(what)
