"""The pace of outbound calls: how often all workers of all hosts together call a service.

Before a call of a kind with a `Pace` is claimed, it takes a slot: a moment at least 1/`per_s`
after the slot before, by the database's clock. One UPDATE of the kind's row gives the slot, so no
two calls have the same one. When the slot is near, the worker sleeps until then, without a
transaction. Otherwise the call stands in line: it stays due and uses no attempt.

Whoever has a slot starts the first call in line before making the own one. So the line moves as
fast as the pace and the workers allow, oldest first, and nobody has to look for a free slot. The
sweep starts a few, too: when a worker dies with its slot, the line goes on within ten seconds.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Counter, Histogram
from sqlalchemy import Text, func, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.kernel.clock import in_seconds
from mall.kernel.db import Base, transaction
from mall.kernel.invariants import Invariant
from mall.kernel.jobs import defer_many
from mall.kernel.outbound import (
    LEASE_S,
    RUN_JOB,
    CallError,
    CallKind,
    CallRefused,
    OutboundCall,
    Pace,
)

PATIENCE_S = 0.25
"""How long a worker sleeps for a slot; at a very slow pace 1.25 times the time between two."""
HOLD_S = 60
"""After the last answer that concerns all calls the pace stays slow for so long."""
WAITS = Histogram(
    "mall_outbound_pace_wait_seconds",
    "How long outbound calls waited for the pace of their kind",
    ["kind"],
    buckets=(0.01, 0.1, 0.5, 2, 10, 60, 300, 900, 3600, 14400),
)
SLOWED = Counter(
    "mall_outbound_pace_slowed_total",
    "Answers that made outbound calls go on at their slow pace",
    ["kind"],
)


class OutboundPace(Base):
    """The pace of one kind: the slot that was given last, and until when the pace is slow."""

    __tablename__ = "outbound_paces"
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    last_slot: Mapped[datetime]
    slow_until: Mapped[datetime | None]


def take_turn(kind: CallKind[Any, Any], pace: Pace, key: int) -> bool:
    """Wait for the call's slot. False when the call stands in line, or has nothing to do."""
    with transaction() as session:
        slot = session.execute(
            _TAKE_SLOT,
            {
                "kind": kind.name,
                "key": key,
                "step": _step(pace.per_s),
                "slow_step": _step(pace.per_s_when_failing),
                "patience": timedelta(seconds=PATIENCE_S),
            },
        ).one_or_none()
    if slot is None:
        with transaction() as session:
            if _stand_in_line(session, kind.name, key):
                return False
    else:
        WAITS.labels(kind.name).observe(slot.in_line_s + max(0.0, slot.wait_s))
        time.sleep(max(0.0, slot.wait_s))
    with transaction() as session:
        start_next(session, kind.name)
    return slot is not None


def start_next(session: Session, kind: str, most: int = 1) -> None:
    """Defer the jobs of the first calls in line."""
    keys = session.scalars(
        _START_NEXT, {"kind": kind, "most": most, "lease": timedelta(seconds=LEASE_S)}
    ).all()
    defer_many(session, RUN_JOB, [{"kind": kind, "key": key} for key in keys])


def slow_down_after(kind: CallKind[Any, Any], pace: Pace, fault: CallError) -> None:
    """Keep the slow pace for a minute after a fault that concerns all calls.

    After another refusal only for the next call: WeChat limits failed calls of any cause.
    """
    concerns_all = fault.is_throttled
    if isinstance(fault, CallRefused):
        concerns_all = concerns_all or fault.code in pace.common_causes
    elif not concerns_all:
        return
    hold_s = HOLD_S if concerns_all else 1 / pace.per_s_when_failing
    if concerns_all:
        SLOWED.labels(kind.name).inc()
    with transaction() as session:
        session.execute(
            update(OutboundPace)
            .where(OutboundPace.kind == kind.name)
            .values(slow_until=func.greatest(OutboundPace.slow_until, in_seconds(hold_s)))
        )


def _step(per_s: int) -> timedelta:
    """From one slot to the next, rounded up: never more than `per_s` of them in a second."""
    return timedelta(microseconds=-(-1_000_000 // per_s))


def _stand_in_line(session: Session, kind: str, key: int) -> bool:
    """Keep a call due that got no slot, in its old place if it had one."""
    now = func.clock_timestamp()
    found = session.execute(
        update(OutboundCall)
        .where(
            OutboundCall.kind == kind,
            OutboundCall.key == key,
            OutboundCall.due_at.is_not(None),
            func.coalesce(OutboundCall.claimed_until, now) <= now,
        )
        .values(due_at=now, paced_since=func.coalesce(OutboundCall.paced_since, now))
        .returning(OutboundCall.key)
    )
    return found.one_or_none() is not None


_STEP = "CASE WHEN pace.slow_until > clock_timestamp() THEN :slow_step ELSE :step END"
# A call that isn't due, or is under way, takes no slot.
_TAKE_SLOT = text(
    f"""
    WITH call AS (
        SELECT paced_since FROM outbound_calls
        WHERE kind = :kind AND key = :key AND due_at IS NOT NULL
            AND coalesce(claimed_until, clock_timestamp()) <= clock_timestamp()
    )
    INSERT INTO outbound_paces AS pace (kind, last_slot)
    SELECT :kind, clock_timestamp() FROM call
    ON CONFLICT (kind) DO UPDATE
    SET last_slot = greatest(pace.last_slot + {_STEP}, clock_timestamp())
    WHERE pace.last_slot + {_STEP}
        <= clock_timestamp() + greatest(CAST(:patience AS interval), 1.25 * {_STEP})
    RETURNING CAST(extract(epoch FROM last_slot - clock_timestamp()) AS float) AS wait_s,
        (SELECT coalesce(CAST(extract(epoch FROM clock_timestamp() - paced_since) AS float), 0)
            FROM call) AS in_line_s
    """  # noqa: S608
)
_START_NEXT = text(
    """
    WITH next AS (
        SELECT kind, key FROM outbound_calls
        WHERE kind = :kind AND paced_since IS NOT NULL AND due_at <= clock_timestamp()
        ORDER BY paced_since LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE outbound_calls c SET due_at = clock_timestamp() + CAST(:lease AS interval)
    FROM next WHERE c.kind = next.kind AND c.key = next.key
    RETURNING c.key
    """
)
INVARIANTS = (
    Invariant(
        "I11p",
        "calls that wait for their pace are let through, one after the other",
        """
        SELECT c.kind, count(*) AS waiting, min(c.paced_since) AS since
        FROM outbound_calls c JOIN outbound_paces p ON p.kind = c.kind
        WHERE c.paced_since < now() - interval '10 minutes'
            AND c.due_at < now() - interval '10 minutes'
            AND p.last_slot < now() - interval '10 minutes'
        GROUP BY c.kind
        """,
    ),
)
