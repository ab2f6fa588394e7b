"""Growth by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.referral.growth.growing import grow_all


@jobs.job("referral.grow_promoters", retry=jobs.SWEEP, cron="20 19 * * *")
def grow_promoters() -> None:
    """Compare each promoter with the growth rules, once a night."""
    grow_all()
