"""How hidden coupons and missions of communities stand."""

from __future__ import annotations

from datetime import datetime

from mall.games.communities.models import CommunityMission, HiddenCoupon

DRAFT, UPCOMING, RUNNING, PAUSED = "draft", "upcoming", "running", "paused"
REACHED, ENDED, OVER, REVOKED = "reached", "ended", "over", "revoked"
STATES = (DRAFT, UPCOMING, RUNNING, PAUSED, REACHED, ENDED, OVER)
HIDDEN_STATES = (DRAFT, UPCOMING, RUNNING, PAUSED, REVOKED, OVER)


def state_of(mission: CommunityMission, now: datetime) -> str:
    """A draft; reached whenever it was; ended early by staff; paused, also after its time; before,
    in or after its time."""
    if mission.published_at is None:
        return DRAFT
    if mission.reached_at is not None:
        return REACHED
    if mission.ended_at is not None:
        return ENDED
    if mission.paused:
        return PAUSED
    return _by_time(mission, now)


def hidden_state_of(hidden: HiddenCoupon, now: datetime) -> str:
    """A draft; revoked by staff; before or after its time; paused or not in it."""
    if hidden.published_at is None:
        return DRAFT
    if hidden.revoked_at is not None:
        return REVOKED
    by_time = _by_time(hidden, now)
    return PAUSED if hidden.paused and by_time != OVER else by_time


def _by_time(one: CommunityMission | HiddenCoupon, now: datetime) -> str:
    if now < one.starts_at:
        return UPCOMING
    return RUNNING if now < one.ends_at else OVER
