"""Growth by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.referral.growth.looking import grow_all


@jobs.job("referral.grow_promoters", retry=jobs.SWEEP, cron="20 19 * * *")
def grow_promoters() -> None:
    """Compare promoters of whom something rose with the growth rules, once a night."""
    grow_all()
