"""Outbound calls: what an outside service (WeChat) must be told or asked, until it is.

A feature declares a `CallKind` and calls `enqueue` in the transaction of its change. A job then
claims the row, prepares the request, calls the service outside of any transaction, and keeps
the result. Failures are retried with growing delays. When nobody knows whether a call was
carried out, the service is queried under the same number before the call is repeated. The rows
of `outbound_calls` are the truth: a lost job is started again by the sweep in `outbound_jobs`.

Lock order: the feature's own rows first, then the row here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Text,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.kernel.clock import in_seconds
from mall.kernel.db import Base
from mall.kernel.invariants import AttentionList, Invariant
from mall.kernel.jobs import defer_many
from mall.kernel.registry import Registry

Request = TypeVar("Request")
Answer = TypeVar("Answer")
State = Literal["pending", "sending", "unknown", "done", "given_up"]
RUN_JOB = "kernel.run_outbound_call"
LEASE_S = 120
"""How long a call may be under way. After it the sweep takes the worker for dead."""


class CallError(Exception):
    """Base of what a call may raise; the three below say what the caller may conclude.

    `is_throttled`: the service asks for fewer calls.
    """

    is_throttled: bool = False


class CallRefused(CallError):
    """The service understood the call and refused it: nothing was done."""

    code: str
    message: str


class CallUnavailable(CallError):
    """The call was surely not carried out: it may be repeated."""


class CallUnknown(CallError):
    """The call may or may not have been carried out."""


class OutboundCall(Base):
    """One call: `key` is the id of the feature's row.

    `pending` waits for `due_at`. `sending` is claimed until `claimed_until`. `unknown` may have
    been carried out: queried or repeated at `due_at`, left alone without one. `given_up` waits
    for staff. `version` counts the `enqueue`s: a call that was enqueued again while under way
    is made once more. `attempts` and `since` count from the last restart. `paced_since`: since
    then the call waits for the pace of its kind (`outbound_pace`); it is in line when it is due.
    """

    __tablename__ = "outbound_calls"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'sending', 'unknown', 'done', 'given_up')", name="state"
        ),
        CheckConstraint(
            "CASE WHEN state IN ('pending', 'sending') THEN due_at IS NOT NULL"
            " WHEN state IN ('done', 'given_up') THEN due_at IS NULL ELSE true END",
            name="due",
        ),
        Index("ix_outbound_calls_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_outbound_calls_done", "updated_at", postgresql_where=text("state = 'done'")),
        Index("ix_outbound_calls_given_up", "kind", postgresql_where=text("state = 'given_up'")),
        Index(
            "ix_outbound_calls_paced",
            "kind",
            "paced_since",
            postgresql_where=text("paced_since IS NOT NULL"),
        ),
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(Text, server_default="pending")
    version: Mapped[int] = mapped_column(server_default="1")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    paced_since: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


@dataclass(frozen=True)
class Verdict:
    """What becomes of a call. `delay_s`: until it is due again, None for never.

    `restart` counts attempts from the beginning.
    """

    state: State
    delay_s: int | None = None
    code: str | None = None
    error: str | None = None
    restart: bool = False


DONE = Verdict("done")


def again(delay_s: int, code: str | None = None, *, restart: bool = False) -> Verdict:
    """Due again in `delay_s` seconds."""
    return Verdict("pending", delay_s, code, restart=restart)


def give_up(code: str | None, error: str | None = None) -> Verdict:
    """Never again by itself: staff decide."""
    return Verdict("given_up", code=code, error=error)


@dataclass(frozen=True)
class Outcome(Generic[Request, Answer]):
    """The result of one attempt. `verdict` is what the kernel would do about it.

    `answer` is None unless the service answered, `fault` is what was raised. `request` is None
    when the worker died during the attempt.
    """

    request: Request | None
    attempts: int
    verdict: Verdict
    answer: Answer | None = None
    fault: CallError | None = None


def never(_request: Any, _code: str) -> bool:
    """No refusal is temporary."""
    return False


@dataclass(frozen=True)
class Pace:
    """How often calls of one kind may start, by all workers of all hosts together.

    At most `per_s` in any second; at most `per_s_when_failing` while the service throttles, or
    refuses for one of `common_causes`: codes that every call of the kind would be refused with.
    """

    per_s: int
    per_s_when_failing: int
    common_causes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CallKind(Generic[Request, Answer]):
    """One kind of call, and how it is made. Every function may run more than once.

    `lock(session, key)` locks the feature's rows. `prepare(session, key)` gives the request, or
    a `Verdict` when there is nothing to call about now. `send(request)` calls the service
    outside of transactions and raises a `CallError`. `conclude(session, key, outcome)` writes
    what the outcome means to the feature's rows and returns the verdict, `outcome.verdict`
    unless the feature knows better.

    `query(request)` asks what became of an earlier attempt, None when the service never heard of
    it. A kind without one must be harmless to repeat, or say `repeatable=False`: then a call
    that may have been carried out ends as `unknown` and isn't repeated.
    `is_temporary(request, code)` tells which refusals are retried. Retries wait `retry_s`, the
    last for ever after, and end after `max_attempts` or `give_up_after`, if given. `pace` limits
    how often calls of the kind are made; one that must wait for it has used no attempt.
    """

    name: str
    lock: Callable[[Session, int], object]
    prepare: Callable[[Session, int], Request | Verdict]
    send: Callable[[Request], Answer]
    conclude: Callable[[Session, int, Outcome[Request, Answer]], Verdict]
    retry_s: Sequence[int]
    query: Callable[[Request], Answer | None] | None = None
    is_temporary: Callable[[Request, str], bool] = never
    repeatable: bool = True
    max_attempts: int | None = None
    give_up_after: timedelta | None = None
    pace: Pace | None = None


CALL_KINDS: Registry[CallKind[Any, Any]] = Registry("outbound calls", lambda kind: kind.name)


def enqueue(session: Session, kind: str, key: int, *, restart: bool = True) -> None:
    """Let the call be made after the commit, also when it was made before.

    One that is under way is made once more afterwards. Without `restart` the attempts so far
    still count. The feature's rows must be locked or new.
    """
    enqueue_many(session, kind, [key], restart=restart)


def enqueue_many(
    session: Session, kind: str, keys: Collection[int], *, restart: bool = True
) -> None:
    """`enqueue` for several calls of one kind, in one statement, their jobs in another."""
    if not keys:
        return
    again_now: dict[str, Any] = {
        "version": OutboundCall.version + 1,
        "state": case((OutboundCall.state == "sending", "sending"), else_="pending"),
        # The job does it now; the sweep does it should the job be lost.
        "due_at": in_seconds(LEASE_S),
        "updated_at": func.clock_timestamp(),
    }
    if restart:
        again_now |= {"attempts": 0, "since": func.clock_timestamp()}
        again_now |= {"error_code": None, "error": None}
    ordered = sorted(keys)
    session.execute(
        insert(OutboundCall)
        .values([{"kind": kind, "key": key, "due_at": in_seconds(LEASE_S)} for key in ordered])
        .on_conflict_do_update(index_elements=[OutboundCall.kind, OutboundCall.key], set_=again_now)
    )
    defer_many(session, RUN_JOB, [{"kind": kind, "key": key} for key in ordered])


def settle(session: Session, kind: str, key: int, verdict: Verdict) -> None:
    """Write what became of a call that was answered otherwise, by a callback for example."""
    session.execute(
        update(OutboundCall)
        .where(OutboundCall.kind == kind, OutboundCall.key == key)
        .values(**columns_of(verdict))
    )


def columns_of(verdict: Verdict) -> dict[str, Any]:
    """The columns that a verdict writes."""
    due_at = None if verdict.delay_s is None else in_seconds(verdict.delay_s)
    values: dict[str, Any] = {
        "state": verdict.state,
        "due_at": due_at,
        "paced_since": None,
        "error_code": verdict.code,
        "error": verdict.error,
        "updated_at": func.clock_timestamp(),
    }
    if verdict.restart:
        values |= {"attempts": 0, "since": func.clock_timestamp()}
    return values


def nth(delays_s: Sequence[int], attempts: int) -> int:
    """The delay after so many attempts (1 or more); the last one for ever after."""
    return delays_s[min(max(attempts, 1), len(delays_s)) - 1]


INVARIANTS = (
    Invariant(
        "I11d",
        "what WeChat must be asked or told is, within the hour",
        """
        SELECT kind, key, state, due_at FROM outbound_calls
        WHERE due_at < now() - interval '1 hour' AND paced_since IS NULL
        """,
    ),
)
GIVEN_UP = AttentionList(
    "given_up_calls",
    "calls to WeChat that were given up",
    "已放弃的微信请求",
    select(
        OutboundCall.kind,
        OutboundCall.error_code,
        func.count().label("calls"),
        func.max(OutboundCall.updated_at).label("last_at"),
    )
    .where(OutboundCall.state == "given_up")
    .group_by(OutboundCall.kind, OutboundCall.error_code)
    .order_by(func.max(OutboundCall.updated_at).desc()),
)
