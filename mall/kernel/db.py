"""The database: one declarative base, one scoped session, one way to open a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import structlog
from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import BigInteger, DateTime, Identity, MetaData, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


FINE_BRIN: dict[str, Any] = {
    "postgresql_using": "brin",
    "postgresql_with": {"pages_per_range": 16},
}
"""An index of when rows were made or changed, for what reads the last days: with PostgreSQL's own
ranges of 128 pages it would read a megabyte at least."""


class Base(DeclarativeBase):
    """Base of every table. Integers are 64-bit, times are UTC with zone."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {int: BigInteger, datetime: DateTime(timezone=True)}  # noqa: RUF012


class Identified(Base):
    """A row with a 64-bit identity of its own."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-10)


class Created:
    """Mix-in: when the row was made, by the database's clock."""

    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()"), sort_order=90
    )


db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"expire_on_commit": False, "autoflush": False},
    disable_autonaming=True,
)

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_OPEN = "mall.transaction_open"
_RAW = "mall.raw_connection"
_BEFORE_COMMIT = "mall.before_commit"
_AFTER_COMMIT = "mall.after_commit"


_SERVER_SHUTDOWN = frozenset({"57P01", "57P02", "57P03"})


def server_left(fault: BaseException) -> bool:
    """True for the error that a stopping server sends: every pooled connection is dead then.

    The driver still believes that the connection is open.
    """
    return getattr(fault, "sqlstate", None) in _SERVER_SHUTDOWN


def fault_of(raw: psycopg.Connection[Any], result: PGresult) -> psycopg.Error:
    """The driver's error for what went wrong on its connection."""
    if raw.closed and not result.error_field(DiagnosticField.SQLSTATE):
        return psycopg.OperationalError(result.get_error_message(raw.info.encoding))
    return error_from_result(result, raw.info.encoding)


def as_session_error(
    session: Session, raw: psycopg.Connection[Any], sql: str, fault: psycopg.Error
) -> StatementError:
    """The error that the session would raise for a fault of its connection.

    For faults that the session didn't see itself. The pool is emptied when the server is gone,
    since its other connections are dead too.
    """
    gone = raw.closed or server_left(fault)
    if gone:
        held = session.connection()
        held.invalidate(fault)
        held.engine.dispose()
    return DBAPIError.instance(
        sql, None, fault, psycopg.Error, connection_invalidated=gone, dialect=_DIALECT
    )


@event.listens_for(Session, "after_begin")
def _begin(session: Session, begun: SessionTransaction, connection: Connection) -> None:
    """Note the driver's connection; send BEGIN if a `transaction()` is open."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    session.info[_RAW] = (begun, raw)
    if session.info.get(_OPEN):
        _send_begin(session, raw)


def _begin_on_held_connection(session: Session) -> None:
    """Reads before the `transaction()` have taken a connection already."""
    begun, raw = session.info.get(_RAW, (None, None))
    if raw is not None and begun is session.get_transaction():
        _send_begin(session, raw)


def _send_begin(session: Session, raw: psycopg.Connection[Any]) -> None:
    if raw.pgconn.transaction_status == TransactionStatus.IDLE:  # else a savepoint in one
        result = raw.pgconn.exec_(b"BEGIN")
        if result.status != ExecStatus.COMMAND_OK:
            fault = fault_of(raw, result)
            raise as_session_error(session, raw, "BEGIN", fault) from fault


def connect_transactional(engine: Engine) -> Connection:
    """A connection beside the session's, on which the first statement begins a transaction.

    For a cursor in the server; commands use `transaction()`.
    """
    return engine.connect().execution_options(isolation_level="READ COMMITTED")


@event.listens_for(Engine, "handle_error")
def _empty_the_pool(context: ExceptionContext) -> None:
    """When the server is gone, so that no other dead connection fails a request of its own."""
    if server_left(context.original_exception):
        context.is_disconnect = True


def is_within_transaction() -> bool:
    """Whether a `transaction()` is open that the next one would join."""
    return bool(db.session().info.get(_OPEN))


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the transaction of a public command; commit at its end, roll back on any error.

    Inside an open one it joins: the outermost commits. So a command may be called alone
    or from a route that keeps its answer under an idempotency key in the same commit.
    An error must leave the outermost block; to survive a refusal inside it, use
    `session.begin_nested()`.
    """
    session = db.session()
    if session.info.get(_OPEN):
        yield session
        return
    session.info[_OPEN] = True
    try:
        _begin_on_held_connection(session)
        yield session
        while hooks := _take(session, _BEFORE_COMMIT):
            for hook in hooks:
                hook(session)
        session.commit()
        after = _take(session, _AFTER_COMMIT)
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_OPEN, None)
        session.info.pop(_BEFORE_COMMIT, None)
        session.info.pop(_AFTER_COMMIT, None)
    for hook in after:
        _run_quietly(hook, session)


def _run_quietly(hook: Callable[[Session], None], session: Session) -> None:
    """The transaction is committed: a fault of a hook must not look like its failure."""
    try:
        hook(session)
    except Exception:
        structlog.get_logger("mall.db").exception("after-commit hook failed", hook=str(hook))


def ask_database() -> None:
    """Raise what the database's absence raises: before something is spent that comes once, such
    as a code of WeChat's. Gives the connection back. Not inside a `transaction()`."""
    db.session.execute(text("SELECT 1"))
    release_connection()


def release_connection() -> None:
    """Give the connection that reads took back to the pool, before a call to another service.

    Raises RuntimeError inside a `transaction()`, which would hold locks during the call.
    """
    session = db.session()
    if in_transaction(session):
        raise RuntimeError("a call to another service inside a transaction()")
    session.commit()


def in_transaction(session: Session) -> bool:
    """True between the start and the commit of a `transaction()`."""
    return bool(session.info.get(_OPEN))


def before_commit(session: Session, hook: Callable[[Session], None]) -> None:
    """Run `hook` once, just before the open transaction commits."""
    _add_hook(session, _BEFORE_COMMIT, hook)


def after_commit(session: Session, hook: Callable[[Session], None]) -> None:
    """Run `hook` after the commit. It doesn't run if the process dies in between; a failure is
    logged."""
    _add_hook(session, _AFTER_COMMIT, hook)


def db_now(session: Session) -> datetime:
    """The database's clock, which rules every deadline."""
    now = session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(now, datetime)
    return now


def raw_connection(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection on which the session's transaction runs."""
    known: tuple[Any, psycopg.Connection[Any]] | None = session.info.get(_RAW)
    if known and known[0] is _innermost(session):
        return known[1]
    session.connection()  # tells `_begin`, unless the transaction has one already
    raw: psycopg.Connection[Any] = session.info[_RAW][1]
    session.info[_RAW] = (_innermost(session), raw)
    return raw


def _innermost(session: Session) -> SessionTransaction | None:
    # A savepoint is set when the session is first asked for its connection inside it.
    return session.get_nested_transaction() or session.get_transaction()


def int_array(numbers: Iterable[int]) -> str:
    """A PostgreSQL array literal, to be cast to bigint[]: a third of the cost of a list."""
    return "{" + ",".join(map(str, numbers)) + "}"


def constraint_of(error: IntegrityError) -> str | None:
    """The name of the violated constraint, for mapping it to the domain's error."""
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None)


def _add_hook(session: Session, kind: str, hook: Callable[[Session], None]) -> None:
    if not session.info.get(_OPEN):
        raise RuntimeError("needs an open transaction()")
    hooks = session.info.setdefault(kind, [])
    if hook not in hooks:
        hooks.append(hook)


def _take(session: Session, kind: str) -> list[Callable[[Session], None]]:
    hooks: list[Callable[[Session], None]] = session.info.pop(kind, [])
    return hooks
