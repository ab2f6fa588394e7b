"""Lotteries by the clock."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.lottery.campaigns import running
from mall.lottery.chances import buying
from mall.lottery.draws import returning, winning

_OVER = """
    SELECT FROM lotteries
    WHERE ended_at IS NULL AND (ends_at <= now() OR drawn >= tickets)
"""
_UNUSED = """
    SELECT FROM lotteries l
    WHERE l.ended_at IS NOT NULL AND EXISTS (
        SELECT FROM lottery_chances c WHERE c.lottery_id = l.id AND c.bought > 0)
"""
_UNCLAIMED = "SELECT FROM lottery_returns WHERE state = 'pending'"


@job("lottery.end_due", retry=SWEEP, cron="* * * * *", look=_OVER)
def end_due() -> None:
    """End lotteries whose time is over, and reveal their secrets."""
    running.end_due()


@job("lottery.return_unused", retry=SWEEP, cron="*/5 * * * *", look=_UNUSED)
def return_unused() -> None:
    """Give back the points of chances that were bought and not used."""
    buying.return_unused()


@job("lottery.give_refused", retry=SWEEP, cron="17 * * * *")
def give_refused() -> None:
    """Try prizes again that could not be given."""
    winning.give_all_refused()


@job("lottery.return_unclaimed", retry=SWEEP, cron="*/5 * * * *", look=_UNCLAIMED)
def return_unclaimed() -> None:
    """Put prizes back that nobody claimed, where that is worse for nobody."""
    while returning.return_pending():
        pass
