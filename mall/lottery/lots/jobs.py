"""Campaigns of lots by the clock."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.lottery.lots import drawing

_DUE = """
    SELECT FROM lot_campaigns
    WHERE published_at IS NOT NULL AND drawn_at IS NULL AND canceled_at IS NULL
      AND draws_at <= now()
"""
_UNGIVEN = "SELECT FROM lot_wins WHERE grant_id IS NULL AND refusal IS NULL"


@job("lots.draw_due", retry=SWEEP, cron="* * * * *", look=_DUE)
def draw_due() -> None:
    """Draw the lots of campaigns whose time has come."""
    drawing.draw_due()


@job("lots.give_prizes", retry=SWEEP, cron="* * * * *", look=_UNGIVEN)
def give_prizes() -> None:
    """Give the prizes of campaigns that were drawn."""
    drawing.give_prizes()


@job("lots.give_refused", retry=SWEEP, cron="27 * * * *")
def give_refused() -> None:
    """Try prizes again that could not be given."""
    drawing.give_prizes(again=True)
