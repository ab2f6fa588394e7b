"""The alarm: every ten minutes the invariants are asked, and what is broken is shouted."""

from __future__ import annotations

from collections import Counter

import structlog
from sqlalchemy import text

from mall.doctor.attention import concerns
from mall.doctor.gates import PROMISES, gate_violations
from mall.doctor.invariants import violations
from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.kernel.metrics import Gauge

VIOLATIONS = Gauge(
    "mall_invariant_violations",
    "Rows that break an invariant at the last check (at most 50 are counted)",
    ["invariant"],
    multiprocess_mode="mostrecent",
)
CONCERNS = Gauge(
    "mall_concerns",
    "Things that somebody should look at, by list",
    ["list"],
    multiprocess_mode="mostrecent",
)
log = structlog.get_logger("mall.doctor")


@jobs.job("doctor.check", retry=jobs.SWEEP, cron="*/10 * * * *")
def check() -> None:
    """Ask every invariant; log each that is broken as an error, set the gauges."""
    with transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = '120s'"))
        found = violations(session)
        waiting = concerns(session)
    found += gate_violations()
    rows = Counter(violation.code for violation in found)
    for invariant in PROMISES:
        VIOLATIONS.labels(invariant.code).set(rows[invariant.code])
    for concern in waiting:
        CONCERNS.labels(concern.name).set(concern.count)
    first = {violation.code: violation for violation in reversed(found)}
    for code, violation in first.items():
        log.error(
            "invariant broken",
            invariant=code,
            promise=violation.promise,
            rows=rows[code],
            first=violation.row,
        )
