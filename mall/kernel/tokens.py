"""Opaque bearer tokens: 256 random bits for the client, only their hash in the database."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> tuple[str, bytes]:
    """A fresh token and the hash to store. The token itself is shown once and never kept."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """What a token is found by. A plain hash will do: 256 random bits can't be guessed."""
    return hashlib.sha256(token.encode()).digest()
