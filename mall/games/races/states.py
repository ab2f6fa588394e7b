"""How a race stands for those who look at it."""

from __future__ import annotations

from datetime import datetime

from mall.games.races.models import Race

DRAFT, UPCOMING, RUNNING, COUNTING, FROZEN = "draft", "upcoming", "running", "counting", "frozen"
STATES = (DRAFT, UPCOMING, RUNNING, COUNTING, FROZEN)
"""A draft; before its start; running; over, while refunds and late points are still counted; the
ranks are for good."""


def state_of(race: Race, now: datetime, *, frozen: bool) -> str:
    """The state of a race; `frozen` is whether the ranks of its board are."""
    if race.starts_at is None or race.ends_at is None:
        return DRAFT
    if frozen:
        return FROZEN
    if is_over(race, now):
        return COUNTING
    return UPCOMING if now < race.starts_at else RUNNING


def is_over(race: Race, now: datetime) -> bool:
    """Whether the time of a published race is over, or staff ended it."""
    return race.ended_at is not None or (race.ends_at is not None and race.ends_at <= now)


def may_join(race: Race, now: datetime) -> bool:
    """Whether teams are made and joined now."""
    return (
        race.joins_until is not None
        and now < race.joins_until
        and not is_over(race, now)
        and not race.paused
    )
