"""How a mission of a community stands."""

from __future__ import annotations

from datetime import datetime

from mall.games.communities.models import CommunityMission

UPCOMING, RUNNING, REACHED, ENDED, OVER = "upcoming", "running", "reached", "ended", "over"
STATES = (UPCOMING, RUNNING, REACHED, ENDED, OVER)


def state_of(mission: CommunityMission, now: datetime) -> str:
    """Reached whenever it was; ended early by staff; before, in or after its time."""
    if mission.reached_at is not None:
        return REACHED
    if mission.ended_at is not None:
        return ENDED
    if now < mission.starts_at:
        return UPCOMING
    return RUNNING if now < mission.ends_at else OVER
