"""Promotions: discounts and gifts by rules."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.orders.participants import PARTICIPANTS, PLACING
from mall.promotions import admin, routes
from mall.promotions.describing import PROMOTIONS
from mall.promotions.invariants import INVARIANTS
from mall.promotions.participant import PromotionsParticipant


def install(mall: Mall) -> None:
    """Declare promotions."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {"promotion:read": "查看促销活动，试算价格与毛利", "promotion:write": "管理促销活动"}
    )
    mall.add(PARTICIPANTS, PromotionsParticipant())
    mall.fails(PLACING, "promotion_gone")
    mall.add(CAMPAIGN_SOURCES, PROMOTIONS)
    mall.invariants(*INVARIANTS)
