"""What missions do after a fact was counted."""

from __future__ import annotations

from mall.kernel import jobs
from mall.missions.board.counting import SETTLE_JOB
from mall.missions.board.rewarding import settle_reward


@jobs.job(SETTLE_JOB)
def settle(progress_id: int) -> None:
    """Bring the rewards of a progress to where they should be."""
    settle_reward(progress_id)
