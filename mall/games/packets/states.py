"""How a packet campaign stands for those who look at it."""

from __future__ import annotations

from datetime import datetime

from mall.games.packets.models import PacketCampaign
from mall.kernel.clock import shop_day
from mall.kernel.in_use import KNOWN_BY_ALL

DRAFT, UPCOMING, WARM_UP, PAUSED = "draft", "upcoming", "warm_up", "paused"
WAITING, SALE, OVER, ENDED = "waiting", "sale", "over", "ended"
STATES = (DRAFT, UPCOMING, WARM_UP, PAUSED, WAITING, SALE, OVER, ENDED)


def state_of(campaign: PacketCampaign, now: datetime) -> str:
    """A draft; before, in (running or paused) and after its warm-up; its sale; over. One that was
    ended early stays `ended`, whatever the day: coupons that were opened keep their days. One that
    is published on its first day begins when every process knows of it."""
    today = shop_day(now)
    if campaign.published_at is None:
        return DRAFT
    if campaign.ended_at is not None:
        return ENDED
    if today < campaign.warm_first or now < campaign.published_at + KNOWN_BY_ALL:
        return UPCOMING
    if today <= campaign.warm_last:
        return PAUSED if campaign.paused else WARM_UP
    if today < campaign.sale_first:
        return WAITING
    return SALE if today <= campaign.sale_last else OVER
