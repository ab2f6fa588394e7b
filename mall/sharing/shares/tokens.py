"""Tokens of shares: short, signed, the same for ever.

A token is 24 characters, so it fits the scene of a mini-program code (32): nine random bytes, and
a code of them under a key of the shop (HMAC-SHA256, cut to 72 bits, RFC 2104). What this shop
didn't sign is refused before the database is asked, the tokens of another shop too. The row
says who shares what by which medium.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import cast

from flask import Flask, current_app

from mall.config import Config
from mall.kernel.sealed import signing_keys

TOKEN = re.compile(r"[0-9A-Za-z_-]{24}", re.ASCII)
_RANDOM, _CODE = 9, 9
_PURPOSE = b"mall share token"
_EXTENSION = "mall.share_tokens"


def init_share_tokens(app: Flask, config: Config) -> None:
    """The first key signs; all of the configuration are good for checking."""
    app.extensions[_EXTENSION] = tuple(signing_keys(config, _PURPOSE).values())


def new_token() -> str:
    """A token that nobody has yet."""
    drawn = secrets.token_bytes(_RANDOM)
    return base64.urlsafe_b64encode(drawn + _code(_keys()[0], drawn)).decode()


def is_ours(token: str) -> bool:
    """Whether this shop has signed it."""
    if not TOKEN.fullmatch(token):
        return False
    raw = base64.urlsafe_b64decode(token)
    drawn, code = raw[:_RANDOM], raw[_RANDOM:]
    return any(hmac.compare_digest(_code(key, drawn), code) for key in _keys())


def _code(key: bytes, drawn: bytes) -> bytes:
    return hmac.digest(key, drawn, hashlib.sha256)[:_CODE]


def _keys() -> tuple[bytes, ...]:
    return cast("tuple[bytes, ...]", current_app.extensions[_EXTENSION])
