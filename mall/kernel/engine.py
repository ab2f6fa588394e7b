"""The engine: its pool, and what is set on each of its connections."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from flask import Flask
from psycopg.conninfo import make_conninfo
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import InvalidatePoolError

from mall.config import Config
from mall.kernel.db import db, fault_of


def sqlalchemy_url(database_url: str) -> str:
    """Name the psycopg 3 driver in a plain postgresql:// address."""
    url = make_url(database_url)
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError("DATABASE_URL must be a postgresql:// address")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_address(database_url: str) -> str:
    """The address as libpq reads it: SQLAlchemy writes a space as +, which libpq doesn't know."""
    url = make_url(database_url)
    parts = url.translate_connect_args(username="user", database="dbname")
    return make_conninfo("", **parts, **{name: str(value) for name, value in url.query.items()})


def init_db(app: Flask, config: Config) -> None:
    """Bind the engine. No connection is opened before the first query."""
    app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url(config.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": config.db_pool_size,
        "max_overflow": 4,
        "pool_timeout": 5,
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        # The connection used last is the next: few stay busy, with warm caches and plans.
        "pool_use_lifo": True,
        # Only a `transaction()` sends BEGIN: a statement outside of one stands alone, and a
        # simple GET is two round trips instead of four.
        "isolation_level": "AUTOCOMMIT",
        "connect_args": {
            "connect_timeout": 5,
            # What is worth preparing is a `PreparedStatement`, which keeps its plans through
            # a refusal; the driver would forget all of them with each rollback.
            "prepare_threshold": None,
        },
    }
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "checkout", _refuse_dead)
        set_on_connect(
            db.engine,
            statement_timeout="15s",
            lock_timeout="5s",
            idle_in_transaction_session_timeout="60s",
        )


def _refuse_dead(raw: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """A server that has restarted has closed its end: an idle connection with something to read
    is dead, and so are those beside it. The pool opens another, and no request fails for it.

    One system call, where a ping would be a round trip.
    """
    if raw.pgconn.transaction_status == TransactionStatus.IDLE and _has_something_to_read(raw):
        raise InvalidatePoolError("the server has closed the connection")


def _has_something_to_read(raw: psycopg.Connection[Any]) -> bool:
    poll = select.poll()
    poll.register(raw.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


def set_on_connect(engine: Engine, **settings: str) -> None:
    """Set these on every new connection, and UTC. By SET and not as it connects: a pooler
    between refuses what it doesn't know there."""
    wanted = ("timezone = 'UTC'", *(f"{name} = '{value}'" for name, value in settings.items()))
    sql = "; ".join(f"SET SESSION {one}" for one in wanted).encode()

    def send(raw: psycopg.Connection[Any], _: object) -> None:
        result = raw.pgconn.exec_(sql)
        if result.status != ExecStatus.COMMAND_OK:
            raise fault_of(raw, result)

    event.listen(engine, "connect", send)
