"""The token of a view session: whose it is, and until when it counts. It is signed."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import NamedTuple, cast

from flask import Flask, current_app
from itsdangerous import BadSignature, URLSafeSerializer

from mall.config import Config
from mall.kernel.sealed import signing_keys
from mall.missions.browsing.errors import ViewSessionNotFound

MAX_LENGTH = 200
_PURPOSE = b"mall view session"
_EXTENSION = "mall.view_tokens"


class ViewToken(NamedTuple):
    """`day` is an ordinal; `expires` is Unix time (s) by the database's clock."""

    session_id: int
    user_id: int
    day: int
    expires: int

    @property
    def shop_day(self) -> date:
        return date.fromordinal(self.day)


def init_view_tokens(app: Flask, config: Config) -> None:
    """The last key signs, as itsdangerous has it; all verify."""
    keys = list(reversed(signing_keys(config, _PURPOSE).values()))
    app.extensions[_EXTENSION] = URLSafeSerializer(
        keys, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )


def sign(token: ViewToken) -> str:
    """The text that a client keeps: URL-safe, at most MAX_LENGTH characters."""
    return str(_serializer().dumps(token))


def read(text: str, user_id: int) -> ViewToken:
    """What a text says that this shopper sent. Raises ViewSessionNotFound, also for another's."""
    try:
        token = ViewToken(*_serializer().loads(text))
    except BadSignature:
        raise ViewSessionNotFound from None
    if token.user_id != user_id:
        raise ViewSessionNotFound
    return token


def _serializer() -> URLSafeSerializer:
    return cast("URLSafeSerializer", current_app.extensions[_EXTENSION])
