"""Which errors are an outage of PostgreSQL or Redis: nobody's mistake, over by itself."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import redis
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout as DriverPoolTimeout
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_CLASSES = ("08", "57P", "53")
"""Of SQLSTATE: the connection broke, the server stops or starts, it has no room."""
_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
_POOLS = (PoolTimeout, DriverPoolTimeout)
_OF_REDIS = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError)


def is_outage(fault: BaseException) -> bool:
    """True when PostgreSQL or Redis couldn't be reached, or left in the middle.

    Looks behind the errors of libraries that wrap them.
    """
    return any(map(_is_of_outage, _behind(fault)))


def _behind(fault: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from; of a group, each of its errors."""
    if isinstance(fault, BaseExceptionGroup):
        for part in fault.exceptions:
            yield from _behind(part)
    yield fault
    if isinstance(fault, DBAPIError) and isinstance(fault.orig, BaseException):
        yield fault.orig
    if isinstance(fault, ConnectorException) and fault.__cause__ is not None:
        yield from _behind(fault.__cause__)


def _is_of_outage(fault: BaseException) -> bool:
    if isinstance(fault, (*_POOLS, *_OF_REDIS)):
        return True
    if isinstance(fault, psycopg.Error):
        state = fault.sqlstate
        # The driver's own errors have no state: the connection is gone, closed, or never came.
        is_lost = state is None and isinstance(fault, _LOST)
        return is_lost or (state or "").startswith(_CLASSES)
    return isinstance(fault, DBAPIError) and fault.connection_invalidated
