"""Whether check-ins may count for some campaign."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from mall.games.in_use import InUse
from mall.games.packets.models import PacketCampaign


def _not_over() -> Select[Any]:
    """By days of any zone: a day too many does no harm."""
    return select(PacketCampaign.id).where(
        PacketCampaign.published_at.is_not(None),
        PacketCampaign.ended_at.is_(None),
        PacketCampaign.warm_last >= func.current_date() - 1,
    )


WARM_UPS = InUse("packets", _not_over)
