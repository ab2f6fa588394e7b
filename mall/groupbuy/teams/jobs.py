"""Teams by the clock: those that are due are closed, ended activities give their stock back."""

from __future__ import annotations

from mall.groupbuy.teams import closing, emptying
from mall.kernel.jobs import SWEEP, job

CLOSE_FULL = "groupbuy.close_full_team"
BUDGET_S = 50.0


@job("groupbuy.close_due_teams", retry=SWEEP, cron="* * * * * */5", look=closing.DUE)
def close_due_teams() -> None:
    """Close every team that is due, for most of a minute."""
    closing.close_due_teams(BUDGET_S)


@job(CLOSE_FULL)
def close_full_team(*, team_id: int) -> None:
    """The fast path for a team whose last seat was paid; the sweep finds it as well."""
    closing.close_full_team(team_id)


@job("groupbuy.end_activities", retry=SWEEP, cron="* * * * * */20", look=emptying.DUE)
def end_activities() -> None:
    """End activities whose time is over; give back the stock of ended ones without open teams."""
    emptying.end_due_activities()
    emptying.return_stock()
