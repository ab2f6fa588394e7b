"""The states of a campaign of lots."""

from __future__ import annotations

from datetime import datetime

from mall.lottery.lots.models import LotCampaign

DRAFT, COMING, OPEN, PAUSED, CLOSED = "draft", "coming", "open", "paused", "closed"
DRAWN, CANCELED = "drawn", "canceled"
STATES = (DRAFT, COMING, OPEN, PAUSED, CLOSED, DRAWN, CANCELED)
"""`closed`: nobody enters any more, the lots aren't drawn yet."""


def state_of(campaign: LotCampaign, now: datetime) -> str:
    """Where a campaign stands."""
    if campaign.published_at is None:
        return DRAFT
    if campaign.canceled_at is not None:
        return CANCELED
    if campaign.drawn_at is not None:
        return DRAWN
    if now < campaign.starts_at:
        return COMING
    if now >= campaign.ends_at:
        return CLOSED
    return PAUSED if campaign.paused else OPEN
