"""Purchase attempts and polls for tests: with a purchase token, over any WSGI app."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import time
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mall.config import Config
from mall.flashsale.purchase.tokens import TokenKeys

DEVICE = "device-0001"


def make_token(
    config: Config,
    user_id: int,
    session_id: int,
    *,
    device: str = DEVICE,
    new_customer: bool = False,
    life_s: int = 600,
) -> str:
    """A purchase token as the mall would sign it."""
    return TokenKeys.of(config).sign(
        user_id=user_id,
        session_id=session_id,
        device=device,
        new_customer=new_customer,
        expires=int(time()) + life_s,
    )


@dataclass(frozen=True)
class Told:
    """An answer to the byte."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def ticket(self) -> str:
        assert self.status.startswith("202"), (self.status, self.body)
        return str(self.json["ticket"])


@dataclass(frozen=True)
class Purchaser:
    """One shopper of one session with a purchase token; `app` is any WSGI callable."""

    app: Callable[..., Iterable[bytes]]
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def attempt(
        self,
        item_id: int,
        *,
        units: Any = 1,
        address_id: Any = "1",
        key: str | None = None,
        body: Any = None,
        **headers: str,
    ) -> Told:
        """POST a purchase. `body` replaces the usual one: a value, or bytes as they are."""
        said = {"units": units, "address_id": address_id} if body is None else body
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        sent = {"Idempotency-Key": key or secrets.token_hex(8), **headers}
        return self.call("POST", f"/api/v1/flash-items/{item_id}/purchases", sent, raw)

    def poll(self, ticket: str, **headers: str) -> Told:
        """GET a ticket."""
        return self.call("GET", f"/api/v1/flash-tickets/{ticket}", headers, b"")

    def call(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Told:
        usual = {"Flash-Pass": self.token, "Flash-Device": DEVICE, **self.headers}
        if raw:
            usual["Content-Type"] = "application/json"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        chosen = {name: value for name, value in (usual | given).items() if value}
        builder = EnvironBuilder(path, method=method, headers=chosen)
        environ = builder.get_environ()
        environ["wsgi.input"] = io.BytesIO(raw)
        environ["CONTENT_LENGTH"] = str(len(raw)) if raw else ""
        environ["REMOTE_ADDR"] = "10.0.0.1"
        body, status, answered = run_wsgi_app(self.app, environ, buffered=True)
        return Told(status, list(answered), b"".join(body))


def purchaser(app: Flask, user_id: int, session_id: int, **how: Any) -> Purchaser:
    """A shopper before the whole app, fast path included."""
    config: Config = app.extensions["mall.config"]
    return Purchaser(app.wsgi_app, make_token(config, user_id, session_id, **how))
