"""What rewards for reviews do after a review changed, and by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.reviews.rewarding.settling import SETTLE_JOB, settle

BATCH = 500
# A day's cap is a new one each day, and staff may raise a budget.
_REFUSED = text(
    """
    SELECT review_id, kind FROM review_reward_grants
    WHERE refusal IS NOT NULL AND refusal <> 'account_closed'
      AND (review_id, kind) > (:review_id, :kind)
    ORDER BY review_id, kind LIMIT :batch
    """
)


@jobs.job(SETTLE_JOB)
def settle_reward(*, review_id: int, kind: str) -> None:
    """Bring what a review gets of a kind to where it should be."""
    settle(review_id, kind)


@jobs.job("reviews.try_refused_rewards", retry=jobs.SWEEP, cron="25 16 * * *")
def try_refused() -> None:
    """Try again what reward rules refused: soon after each shop day has begun."""
    after: dict[str, Any] = {"review_id": 0, "kind": ""}
    while found := _refused(after):
        after = found[-1]


def _refused(after: dict[str, Any]) -> Sequence[dict[str, Any]]:
    with transaction() as session:
        rows = session.execute(_REFUSED, {**after, "batch": BATCH}).mappings()
        found = [dict(row) for row in rows]
        jobs.defer_many(session, SETTLE_JOB, found)
    return found
