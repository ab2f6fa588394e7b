"""What is an outage, and that a job which it broke off is tried again."""

from __future__ import annotations

import psycopg
import pytest
import redis
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mall.kernel.errors import Conflict
from mall.kernel.jobs import PATIENT, SWEEP, ThroughOutages
from mall.kernel.outages import is_outage


def wrapped(fault: BaseException) -> DBAPIError:
    return DBAPIError("SELECT 1", None, fault)


def caused(fault: BaseException) -> ConnectorException:
    raised = ConnectorException()
    raised.__cause__ = fault
    return raised


OUTAGES = [
    psycopg.OperationalError("consuming input failed: server closed the connection"),
    psycopg.InterfaceError("the connection is closed"),
    errors.AdminShutdown("terminating connection"),
    errors.CannotConnectNow("the database system is starting up"),
    errors.TooManyConnections("no more"),
    wrapped(errors.CrashShutdown("crash of another server process")),
    caused(psycopg.OperationalError("connection refused")),
    PoolTimeout("QueuePool limit"),
    redis.ConnectionError("refused"),
    redis.TimeoutError("slow"),
    ExceptionGroup("several", [ValueError("x"), redis.ConnectionError("refused")]),
]
MISTAKES = [
    ValueError("x"),
    Conflict(),
    errors.UniqueViolation("again"),
    errors.QueryCanceled("statement timeout"),
    IntegrityError("INSERT", None, errors.CheckViolation("no")),
    redis.ResponseError("WRONGTYPE"),
    psycopg.ProgrammingError("the connection is in another mode"),
]


@pytest.mark.parametrize("fault", OUTAGES, ids=lambda fault: str(fault)[:30])
def test_outages(fault: BaseException) -> None:
    assert is_outage(fault)


@pytest.mark.parametrize("fault", MISTAKES, ids=lambda fault: str(fault)[:30])
def test_mistakes(fault: BaseException) -> None:
    assert not is_outage(fault)


def queued(attempts: int) -> QueuedJob:
    return QueuedJob(
        id=1,
        queue="default",
        lock=None,
        queueing_lock=None,
        task_name="x",
        attempts=attempts,
    )


@pytest.mark.parametrize("attempts", [0, 1, 5, 500])
def test_a_sweep_is_tried_again_until_the_outage_is_over(attempts: int) -> None:
    sweep, job = ThroughOutages(SWEEP), queued(attempts)
    assert sweep.get_retry_decision(exception=OUTAGES[0], job=job) is not None
    assert sweep.get_retry_decision(exception=MISTAKES[0], job=queued(1)) is None


def test_the_usual_strategy_holds_for_all_else() -> None:
    patient = ThroughOutages(PATIENT)
    assert patient.get_retry_decision(exception=MISTAKES[0], job=queued(3)) is not None
    assert patient.get_retry_decision(exception=MISTAKES[0], job=queued(12)) is None
