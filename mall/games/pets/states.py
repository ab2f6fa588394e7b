"""How a season stands for those who look at it, and what stands in the way of taking part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mall.games.pets.errors import PetSeasonNotStarted, PetSeasonOver, PetSeasonPaused

DRAFT, UPCOMING, RUNNING, PAUSED, OVER = "draft", "upcoming", "running", "paused", "over"
STATES = (DRAFT, UPCOMING, RUNNING, PAUSED, OVER)


def state_of(season: Any, now: datetime) -> str:
    """A draft; before its start; running or paused; over."""
    if season.starts_at is None:
        return DRAFT
    if is_over(season, now):
        return OVER
    if season.paused:
        return PAUSED
    return UPCOMING if now < season.starts_at else RUNNING


def is_over(season: Any, now: datetime) -> bool:
    """Whether its time is over, or it was ended before that."""
    return season.ended_at is not None or season.ends_at <= now


def must_run(season: Any, now: datetime) -> None:
    """Raises PetSeasonOver, PetSeasonNotStarted, PetSeasonPaused."""
    if is_over(season, now):
        raise PetSeasonOver
    if now < season.starts_at:
        raise PetSeasonNotStarted
    if season.paused:
        raise PetSeasonPaused
