"""Making outbound calls: claim, prepare, call outside of transactions, conclude; and the sweep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, brief, defer, defer_many, job
from mall.kernel.outbound import (
    CALL_KINDS,
    LEASE_S,
    RUN_JOB,
    CallError,
    CallKind,
    CallRefused,
    CallUnavailable,
    OutboundCall,
    Outcome,
    State,
    Verdict,
    columns_of,
    give_up,
    nth,
)
from mall.kernel.outbound_pace import slow_down_after, start_next, take_turn

SWEEP_BATCH = 500
LINE_BATCH = 8
"""Calls in line that a sweep starts: each that gets its slot starts another."""
FAULT_DELAY_S = 1800
"""After a fault of our own code. Its job stands in the dead-letter list."""
KEPT = timedelta(days=30)
_DUE = "SELECT FROM outbound_calls WHERE due_at <= now()"
UNAVAILABLE, UNKNOWN, FAULT = "UNAVAILABLE", "UNKNOWN", "FAULT"
CALLS = Counter(
    "mall_outbound_calls_total",
    "Attempts of outbound calls by what became of them",
    ["kind", "state"],
)
_log = structlog.get_logger("mall.outbound")


@dataclass(frozen=True)
class _Claim:
    """This worker's turn. `was_lost`: the worker before died during the call."""

    version: int
    attempts: int
    age: timedelta
    was_lost: bool


@job(RUN_JOB, retry=SWEEP)
def run_outbound_call(kind: str, key: int) -> None:
    """Make one call that waits, unless another worker is at it."""
    try:
        found = CALL_KINDS[kind]
        if found.pace is None or take_turn(found, found.pace, key):
            _run(found, key)
    except Exception as fault:
        _postpone(kind, key, fault)
        raise


@job("kernel.sweep_outbound_calls", retry=SWEEP, cron="* * * * * */10", look=_DUE)
def sweep_outbound_calls() -> None:
    """Defer a job for each call that is due: retries, and those whose job was lost.

    Of those that wait for their pace only a few, which start the others.
    """
    with transaction() as session:
        due = (
            select(OutboundCall.kind, OutboundCall.key)
            .where(
                OutboundCall.due_at <= func.clock_timestamp(), OutboundCall.paced_since.is_(None)
            )
            .order_by(OutboundCall.due_at)
            .limit(SWEEP_BATCH)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        found = session.execute(
            update(OutboundCall)
            .where(OutboundCall.kind == due.c.kind, OutboundCall.key == due.c.key)
            .values(due_at=in_seconds(LEASE_S))
            .returning(OutboundCall.kind, OutboundCall.key)
        ).all()
        defer_many(session, RUN_JOB, [{"kind": row.kind, "key": row.key} for row in found])
        for kind in CALL_KINDS.items():
            start_next(session, kind, LINE_BATCH)


@job("kernel.forget_outbound_calls", retry=SWEEP, cron="23 * * * *")
def forget_outbound_calls() -> None:
    """Drop the rows of calls that were done a month ago."""
    with transaction() as session:
        session.execute(
            delete(OutboundCall).where(
                OutboundCall.state == "done", OutboundCall.updated_at < func.now() - KEPT
            )
        )


def _run(kind: CallKind[Any, Any], key: int) -> None:
    with transaction() as session:
        kind.lock(session, key)
        claim = _claim(session, kind.name, key)
        if claim is None:
            return
        if claim.was_lost and not kind.repeatable:
            _conclude(session, kind, key, claim, _lost(claim))
            return
        request = kind.prepare(session, key)
        if isinstance(request, Verdict):
            _write(session, kind.name, key, claim, request, was_called=False)
            return
    outcome = _call(kind, request, claim)
    with transaction() as session:
        kind.lock(session, key)
        _conclude(session, kind, key, claim, outcome)


def _claim(session: Session, kind: str, key: int) -> _Claim | None:
    """Take the call for this job; None when there is nothing to do, or somebody does it."""
    waiting = (
        select(OutboundCall.kind, OutboundCall.key, OutboundCall.state)
        .where(
            OutboundCall.kind == kind,
            OutboundCall.key == key,
            OutboundCall.due_at.is_not(None),
            func.coalesce(OutboundCall.claimed_until, func.clock_timestamp())
            <= func.clock_timestamp(),
        )
        .with_for_update()
        .cte("waiting")
    )
    row = session.execute(
        update(OutboundCall)
        .where(OutboundCall.kind == waiting.c.kind, OutboundCall.key == waiting.c.key)
        .values(
            state="sending",
            attempts=OutboundCall.attempts + 1,
            due_at=in_seconds(LEASE_S),
            claimed_until=in_seconds(LEASE_S),
            paced_since=None,
        )
        .returning(
            OutboundCall.version,
            OutboundCall.attempts,
            (func.clock_timestamp() - OutboundCall.since).label("age"),
            (waiting.c.state == "sending").label("was_lost"),
        )
    ).one_or_none()
    return None if row is None else _Claim(row.version, row.attempts, row.age, row.was_lost)


def _call(kind: CallKind[Any, Any], request: Any, claim: _Claim) -> Outcome[Any, Any]:
    """The call itself. What is refused or unknown is queried, if the kind can."""
    try:
        return _answered(kind, request, claim)
    except CallRefused as refused:
        if kind.is_temporary(request, refused.code):
            return _retried(kind, request, claim, refused, refused.code)
        verdict = give_up(refused.code, refused.message)
        outcome = Outcome[Any, Any](request, claim.attempts, verdict, fault=refused)
        return _queried(kind, request, claim, outcome)
    except CallUnavailable as fault:
        return _retried(kind, request, claim, fault, UNAVAILABLE)
    except CallError as fault:
        outcome = _retried(kind, request, claim, fault, UNKNOWN, state_unknown=True)
        return _queried(kind, request, claim, outcome)


def _answered(kind: CallKind[Any, Any], request: Any, claim: _Claim) -> Outcome[Any, Any]:
    """Query what was sent before; send it when the service doesn't know it."""
    answer = None
    try:
        if claim.attempts > 1 and kind.query is not None:
            answer = kind.query(request)
        if answer is None:
            answer = kind.send(request)
    except CallError as fault:
        if kind.pace is not None:
            slow_down_after(kind, kind.pace, fault)
        raise
    return Outcome(request, claim.attempts, Verdict("done"), answer)


def _queried(
    kind: CallKind[Any, Any], request: Any, claim: _Claim, outcome: Outcome[Any, Any]
) -> Outcome[Any, Any]:
    """The answer, if the service has one; else the outcome as it is."""
    if kind.query is None:
        return outcome
    try:
        answer = kind.query(request)
    except CallError:
        code = outcome.verdict.code or UNKNOWN
        return _retried(kind, request, claim, outcome.fault, code, state_unknown=True)
    if answer is None:
        return outcome
    return Outcome(request, claim.attempts, Verdict("done"), answer)


def _retried(
    kind: CallKind[Any, Any],
    request: Any,
    claim: _Claim,
    fault: CallError | None,
    code: str,
    *,
    state_unknown: bool = False,
) -> Outcome[Any, Any]:
    """Try again after a delay, within the limits of the kind."""
    error = str(getattr(fault, "message", fault))[:200]
    is_late = kind.give_up_after is not None and claim.age > kind.give_up_after
    is_enough = kind.max_attempts is not None and claim.attempts >= kind.max_attempts
    if state_unknown and not kind.repeatable:
        verdict = Verdict("unknown", None, code, error)
    elif is_late or is_enough:
        verdict = give_up(code, error)
    else:
        state: State = "unknown" if state_unknown else "pending"
        verdict = Verdict(state, nth(kind.retry_s, claim.attempts), code, error)
    return Outcome(request, claim.attempts, verdict, fault=fault)


def _lost(claim: _Claim) -> Outcome[Any, Any]:
    return Outcome(None, claim.attempts, Verdict("unknown", None, UNKNOWN))


def _conclude(
    session: Session, kind: CallKind[Any, Any], key: int, claim: _Claim, outcome: Outcome[Any, Any]
) -> None:
    verdict = kind.conclude(session, key, outcome)
    CALLS.labels(kind.name, verdict.state).inc()
    if verdict.state == "given_up":
        _log.error("outbound call given up", kind=kind.name, key=key, code=verdict.code)
    _write(session, kind.name, key, claim, verdict)


def _write(
    session: Session,
    kind: str,
    key: int,
    claim: _Claim,
    verdict: Verdict,
    *,
    was_called: bool = True,
) -> None:
    """Keep the verdict. One that was enqueued again meanwhile is due at once."""
    values = columns_of(verdict) | {"claimed_until": None}
    if not was_called and not verdict.restart:
        values["attempts"] = OutboundCall.attempts - 1
    current = OutboundCall.version == claim.version
    fresh = columns_of(replace(verdict, state="pending", delay_s=LEASE_S))
    for name in ("state", "due_at"):
        values[name] = case((current, values[name]), else_=fresh[name])
    version = session.scalar(
        update(OutboundCall)
        .where(OutboundCall.kind == kind, OutboundCall.key == key)
        .values(**values)
        .returning(OutboundCall.version)
    )
    if version != claim.version or verdict.delay_s == 0:
        defer(session, RUN_JOB, kind=kind, key=key)


def _postpone(kind: str, key: int, fault: Exception) -> None:
    """A fault of our own code: the same again, but not every few minutes."""
    with transaction() as session:
        session.execute(
            update(OutboundCall)
            .where(
                OutboundCall.kind == kind, OutboundCall.key == key, OutboundCall.due_at.is_not(None)
            )
            .values(due_at=in_seconds(FAULT_DELAY_S), error_code=FAULT, error=brief(fault))
        )
