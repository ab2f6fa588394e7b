"""Communities by the clock."""

from __future__ import annotations

from mall.games.communities import giving
from mall.kernel.jobs import SWEEP, job

_DUE = """
    SELECT FROM community_rewards r JOIN users u ON u.id = r.user_id AND u.closed_at IS NULL
    WHERE r.grant_id IS NULL AND r.refusal IS NULL
"""


@job("communities.give_rewards", retry=SWEEP, cron="*/5 * * * *", look=_DUE)
def give_rewards() -> None:
    """Give the rewards of missions that were reached."""
    giving.give_due()


@job("communities.give_refused", retry=SWEEP, cron="47 * * * *")
def give_refused() -> None:
    """Try rewards again that could not be given."""
    giving.give_due(refused=True)
