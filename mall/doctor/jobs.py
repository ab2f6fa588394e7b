"""The alarm: every ten minutes the invariants are asked of what is recent, once a day of the
whole history. What is broken is logged as an error and stands in the metrics."""

from __future__ import annotations

from datetime import timedelta
from time import time

import structlog

from mall.doctor.attention import attention_lists
from mall.doctor.checking import FULL_TIMEOUT_S, RECENT, TIMEOUT_S, check_all
from mall.doctor.metrics import ATTENTION_ITEMS, CHECKED_AT, UNANSWERED, VIOLATIONS
from mall.kernel import jobs

NOT_KNOWN = float("nan")
log = structlog.get_logger("mall.doctor")


@jobs.job("doctor.check", retry=jobs.SWEEP, cron="*/10 * * * *")
def check() -> None:
    """Ask every invariant of the last days, and count what needs somebody."""
    _check("recent", RECENT, TIMEOUT_S)
    for items in attention_lists():
        known = items.fault is None
        ATTENTION_ITEMS.labels(items.of.name).set(items.count if known else NOT_KNOWN)
        if not known:
            log.warning("attention list not read", list=items.of.name, error=items.fault)


@jobs.job("doctor.check_history", retry=jobs.SWEEP, cron="40 20 * * *")
def check_history() -> None:
    """Ask every invariant of all that there is, at 04:40 of the shop's night."""
    _check("all", None, FULL_TIMEOUT_S)


def _check(scope: str, recent: timedelta | None, timeout_s: int) -> None:
    for outcome in check_all(recent=recent, timeout_s=timeout_s):
        code = outcome.invariant.code
        # A figure that isn't known must not look like the one of the run before.
        VIOLATIONS.labels(code, scope).set(NOT_KNOWN if outcome.fault else len(outcome.rows))
        UNANSWERED.labels(code, scope).set(outcome.fault is not None)
        said = {"invariant": code, "description": outcome.invariant.description, "scope": scope}
        if outcome.fault:
            log.error("invariant not checked", **said, error=outcome.fault)
        elif outcome.rows:
            log.error("invariant broken", **said, rows=len(outcome.rows), first=outcome.rows[0])
    CHECKED_AT.labels(scope).set(time())
