"""Forgetting hashes that are too old, and letting go what the owner's threshold holds no longer."""

from __future__ import annotations

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.referral.screening.letting_go import let_go
from mall.referral.screening.settings import TRAIT_DAYS
from mall.referral.screening.traits import forget_traits

BATCH = 1000
FEW = 200


@job("referral.forget_traits", retry=SWEEP, cron="35 19 * * *")
def forget_old_traits() -> None:
    """Delete what the owner keeps no longer, a batch a transaction."""
    gone = BATCH
    while gone == BATCH:
        with transaction() as session:
            gone = forget_traits(session, TRAIT_DAYS.get(), BATCH)


@job("referral.let_go_screenings", retry=SWEEP, cron="*/10 * * * *")
def let_go_below_threshold() -> None:
    """Clear what is held by its score alone and is below the threshold now."""
    gone = FEW
    while gone == FEW:
        with transaction() as session:
            gone = let_go(session, FEW)
