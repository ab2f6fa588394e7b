"""Whose address counts: a client may write X-Forwarded-For as it likes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import request

from mall.application import create_app
from mall.config import Config


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")],
)
def test_only_declared_proxies_are_believed(config: Config, proxies: int, seen: str) -> None:
    app = create_app(replace(config, trusted_proxies=proxies))
    found: list[str | None] = []
    app.before_request(lambda: found.append(request.remote_addr))
    headers = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
    app.test_client().get("/healthz", headers=headers)
    assert found == [seen]
