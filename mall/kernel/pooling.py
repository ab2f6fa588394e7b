"""A pooler in transaction mode gives each transaction another connection to PostgreSQL.

What a session keeps is lost behind it, or is somebody else's: time-outs, prepared statements,
advisory locks, LISTEN. The mall refuses to run there; in session mode a pooler is fine.
"""

from __future__ import annotations

import secrets
from typing import Any

import click
import psycopg

from mall.kernel.engine import libpq_address

ROUNDS = 3
"""A pooler with many idle connections may hand out the same one twice by chance."""
_NAME = "mall.probe"
_WRITE = f"SELECT set_config('{_NAME}', %s, false)"
_READ = f"SELECT current_setting('{_NAME}', true)"


class TransactionPooling(click.ClickException):
    """Between the mall and PostgreSQL stands a pooler that shares connections. Ends a command."""

    def __init__(self) -> None:
        super().__init__(
            "DATABASE_URL leads to a pooler in transaction mode, and the mall needs sessions of its"
            " own: set pool_mode = session, or name PostgreSQL itself (docs/running.md)."
        )


def refuse_transaction_pooling(database_url: str) -> None:
    """Raise TransactionPooling behind such a pooler, psycopg.Error when nobody answers.

    Opens two connections for some milliseconds.
    """
    address = libpq_address(database_url)
    with _connect(address) as one, _connect(address) as other:
        if any(_are_shared(one, other) for _ in range(ROUNDS)):
            raise TransactionPooling


def _are_shared(one: psycopg.Connection[Any], other: psycopg.Connection[Any]) -> bool:
    """Whether `one` loses its setting while `other` is in a transaction, or `other` sees it."""
    value = secrets.token_hex(8)
    one.execute(_WRITE, [value])
    with other.transaction():
        seen = _read(other)
        kept = _read(one)
    return seen == value or kept != value


def _connect(address: str) -> psycopg.Connection[Any]:
    # Without preparing: behind such a pooler the probe itself would fail of it.
    return psycopg.connect(address, autocommit=True, connect_timeout=5, prepare_threshold=None)


def _read(connection: psycopg.Connection[Any]) -> str | None:
    row = connection.execute(_READ).fetchone()
    return None if row is None else row[0]
