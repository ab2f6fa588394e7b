"""Making posters, and forgetting old ones."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.referral.posters.making import MAKE, make_poster, sweep_posters
from mall.referral.posters.settings import KEEP_DAYS

BATCH = 200


@job(MAKE)
def make(*, poster_id: int) -> None:
    """Draw a poster and keep it."""
    make_poster(poster_id)


@job("referral.sweep_posters", retry=SWEEP, cron="23 19 * * *")
def sweep() -> None:
    """Remove posters that nobody asked for in the days that the owner set."""
    while sweep_posters(KEEP_DAYS.get(), BATCH) == BATCH:
        pass
