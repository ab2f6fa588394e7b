"""Whether check-ins may count for some campaign."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from mall.games.packets.models import PacketCampaign
from mall.kernel.in_use import InUse


def _not_over() -> Select[Any]:
    """By days of any zone: a day too many does no harm."""
    return select(PacketCampaign.id).where(
        PacketCampaign.published_at.is_not(None),
        or_(
            PacketCampaign.ended_at.is_(None),
            # A check-in of just before is put down just after.
            PacketCampaign.ended_at > func.now() - timedelta(minutes=1),
        ),
        PacketCampaign.warm_last >= func.current_date() - 1,
    )


WARM_UPS = InUse("packets", _not_over)
