"""What missions do after a fact was counted, and by the clock."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.missions.board.counting import SETTLE_JOB
from mall.missions.board.rewarding import settle_reward
from mall.missions.board.settings import PROGRESS_KEEP_DAYS

BATCH = 1_000
# Only of missions that begin anew all the time. What may still be claimed, or waits, stays; so
# does what opens another mission. A reward isn't given anew: its event was rewarded.
_FORGET = text(
    """
    DELETE FROM mission_progress WHERE id IN (
        SELECT p.id FROM mission_progress p JOIN missions m ON m.id = p.mission_id
        WHERE p.created_at < now() - make_interval(days => :keep)
          AND p.last_day < current_date - CAST(:keep AS integer)
          AND m.period IN ('day', 'week', 'month') AND NOT p.pending
          AND (p.completed_at IS NULL OR p.rewarded_at IS NOT NULL)
          AND NOT EXISTS (SELECT FROM mission_versions v WHERE v.requires_id = m.id)
        LIMIT :batch
    )
    RETURNING 1
    """
)


@jobs.job(SETTLE_JOB)
def settle(progress_id: int) -> None:
    """Bring the rewards of a progress to where they should be."""
    settle_reward(progress_id)


@jobs.job("missions.forget_progress", retry=jobs.SWEEP, cron="50 17 * * *")
def forget_progress() -> None:
    """Delete progress that is older than the owner keeps, with its facts, in batches."""
    gone = BATCH
    while gone == BATCH:
        with transaction() as session:
            given = {"keep": PROGRESS_KEEP_DAYS.get(), "batch": BATCH}
            gone = len(session.execute(_FORGET, given).all())
