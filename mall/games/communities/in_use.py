"""Whether check-ins may count for some mission. Orders are always heard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select

from mall.games.communities.models import CommunityMission
from mall.kernel.in_use import InUse


def _counting() -> Select[Any]:
    return select(CommunityMission.id).where(
        CommunityMission.counts == "check_ins",
        CommunityMission.published_at.is_not(None),
        CommunityMission.reached_at.is_(None),
        CommunityMission.ended_at.is_(None),
        CommunityMission.ends_at > func.now() - timedelta(minutes=1),
    )


CHECK_IN_MISSIONS = InUse("communities", _counting)
