"""What the kernel itself brings: events, jobs, outbound calls, idempotency keys."""

from __future__ import annotations

from mall.kernel import events, jobs, outbound, outbound_jobs, outbound_pace
from mall.kernel.features import Mall
from mall.kernel.http import idempotency, limits, observe
from mall.kernel.job_health import DEAD_LETTERS, INVARIANTS


def install(mall: Mall) -> None:
    """Declare the kernel's own jobs and what watches over all jobs."""
    mall.jobs(events, jobs, idempotency, outbound_jobs)
    mall.metrics(limits, observe, outbound_jobs, outbound_pace)
    mall.invariants(*INVARIANTS, *outbound.INVARIANTS, *outbound_pace.INVARIANTS)
    mall.attention(DEAD_LETTERS, outbound.GIVEN_UP)
