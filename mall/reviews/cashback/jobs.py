"""What cash for likes does by the clock: shows that lapse, holds that are over, old devices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.reviews.cashback.devices import forget
from mall.reviews.cashback.settings import HOLD_FROM, STAFF_RELEASE
from mall.reviews.cashback.settling import SETTLE_JOB, settle

BATCH = 500
# What lapses; what wasn't scored; what is released and whose order is settled; what staff took
# back by hand in the rewards.
_DUE = text(
    """
    SELECT s.id FROM cashback_shows s
    JOIN reward_grants g ON g.id = s.grant_id
    JOIN reviews r ON r.id = s.review_id LEFT JOIN orders o ON o.id = r.order_id
    WHERE s.id > :after AND s.status IN ('collecting', 'reached') AND (
        (s.status = 'collecting' AND s.ends_at <= clock_timestamp())
        OR g.status NOT IN ('pending', 'granted')
        OR (s.status = 'reached' AND s.hold_until <= clock_timestamp() AND (
            s.scored_at IS NULL
            OR (o.settled_at IS NOT NULL
                AND (s.decided_at IS NOT NULL OR (NOT :by_staff AND s.score < :hold_from)))
        ))
    )
    ORDER BY s.id LIMIT :batch
    """
)


@jobs.job(SETTLE_JOB)
def settle_show(*, show_id: int) -> None:
    """Bring a show to where it should be."""
    settle(show_id)


@jobs.job("reviews.sweep_cashback", retry=jobs.SWEEP, cron="*/10 * * * *")
def sweep_shows() -> None:
    """Let all that is due be settled, each by a job of its own."""
    found = [0]
    while found:
        found = _defer_due(found[-1])


@jobs.job("reviews.forget_cashback_devices", retry=jobs.SWEEP, cron="55 18 * * *")
def forget_devices() -> None:
    """Forget devices of shows that are over, a batch a transaction."""
    gone = BATCH
    while gone == BATCH:
        with transaction() as session:
            gone = forget(session, BATCH)


def _defer_due(after: int) -> list[int]:
    asked: dict[str, Any] = {
        "after": after,
        "by_staff": STAFF_RELEASE.get(),
        "hold_from": HOLD_FROM.get(),
        "batch": BATCH,
    }
    with transaction() as session:
        found = list(session.scalars(_DUE, asked))
        jobs.defer_many(session, SETTLE_JOB, [{"show_id": show_id} for show_id in found])
    return found
