"""What the kernel itself brings: delivery of events, care of jobs, idempotency keys."""

from __future__ import annotations

from mall.kernel import events, jobs
from mall.kernel.features import Mall
from mall.kernel.http import idempotency, limits, observe
from mall.kernel.job_health import DEAD_LETTERS, INVARIANTS


def install(mall: Mall) -> None:
    """Declare the kernel's own jobs and what watches over all jobs."""
    mall.jobs(events, jobs, idempotency)
    mall.metrics(limits, observe)
    mall.invariants(*INVARIANTS)
    mall.attention(DEAD_LETTERS)
