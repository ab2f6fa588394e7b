"""Shoppers by the thousand, logged in, made by SQL."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import text

from benchmarks.stack import Stack
from mall.kernel.db import transaction
from mall.kernel.tokens import token_hash

_MAKE = """
WITH made AS (
    INSERT INTO users (appid, openid)
    SELECT :appid, :name || n FROM generate_series(1, :count) n RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM made
), logins AS (
    INSERT INTO user_tokens (user_id, token_hash, expires_at)
    SELECT id, sha256(convert_to(:name || n, 'UTF8')), now() + interval '60 days' FROM numbered
)
SELECT id, n FROM numbered ORDER BY n
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A shopper and the login's token."""

    user_id: int
    token: str

    @property
    def hash(self) -> bytes:
        """What the login is found by."""
        return token_hash(self.token)


def people(stack: Stack, count: int) -> list[Person]:
    """New shoppers, each with a token that lasts longer than any benchmark."""
    name = secrets.token_hex(16)
    with stack.app.app_context(), transaction() as session:
        rows = session.execute(text(_MAKE), {"appid": "bench", "name": name, "count": count})
        found = [Person(int(row.id), f"{name}{row.n}") for row in rows]
    with stack.app.app_context(), transaction() as session:
        session.execute(text("ANALYZE users, user_tokens"))
    return found
