"""What ladders do after an invite changed, and by the clock."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.referral.ladders.following import SETTLE_JOB
from mall.referral.ladders.settling import settle_step

BATCH = 500
# A day's cap is a new one each day, and staff may raise a budget.
_REFUSED = text(
    """
    SELECT l.id FROM ladder_grants l
    WHERE l.refusal IS NOT NULL AND l.refusal <> 'account_closed' AND l.id > :after
    ORDER BY l.id LIMIT :batch
    """
)


@jobs.job(SETTLE_JOB)
def settle(ladder_grant_id: int) -> None:
    """Bring the reward of a step to where it should be."""
    settle_step(ladder_grant_id)


@jobs.job("ladders.try_refused", retry=jobs.SWEEP, cron="10 16 * * *")
def try_refused() -> None:
    """Try again what reward rules refused: ten minutes after each shop day has begun."""
    after = 0
    while found := _refused(after):
        after = found[-1]


def _refused(after: int) -> Sequence[int]:
    with transaction() as session:
        found = session.scalars(_REFUSED, {"after": after, "batch": BATCH}).all()
        jobs.defer_many(session, SETTLE_JOB, [{"ladder_grant_id": one} for one in found])
    return found
