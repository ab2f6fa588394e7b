"""Forgetting hashes that are too old."""

from __future__ import annotations

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.referral.screening.settings import TRAIT_DAYS
from mall.referral.screening.traits import forget_traits

BATCH = 1000


@job("referral.forget_traits", retry=SWEEP, cron="35 19 * * *")
def forget_old_traits() -> None:
    """Delete what the owner keeps no longer, a batch a transaction."""
    gone = BATCH
    while gone == BATCH:
        with transaction() as session:
            gone = forget_traits(session, TRAIT_DAYS.get(), BATCH)
