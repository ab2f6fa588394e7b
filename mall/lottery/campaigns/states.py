"""How a lottery stands for those who look at it."""

from __future__ import annotations

from datetime import datetime

from mall.lottery.models import Lottery

DRAFT, UPCOMING, RUNNING, PAUSED = "draft", "upcoming", "running", "paused"
DRAWN_OUT, OVER = "drawn_out", "over"
STATES = (DRAFT, UPCOMING, RUNNING, PAUSED, DRAWN_OUT, OVER)


def state_of(lottery: Lottery, now: datetime) -> str:
    """A draft; before its start, running or paused; every ticket drawn; over."""
    if lottery.starts_at is None or lottery.ends_at is None:
        return DRAFT
    if lottery.ended_at is not None or lottery.ends_at <= now:
        return OVER
    if lottery.tickets is not None and lottery.drawn >= lottery.tickets:
        return DRAWN_OUT
    if lottery.paused:
        return PAUSED
    return UPCOMING if now < lottery.starts_at else RUNNING
