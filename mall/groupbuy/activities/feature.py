"""What the activities of group-buy declare."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.groupbuy.activities import admin
from mall.groupbuy.activities.describing import GROUP_ACTIVITIES
from mall.groupbuy.activities.invariants import INVARIANTS
from mall.groupbuy.activities.stock import UNITS_HELD
from mall.inventory.holds import HOLDS, StockHold
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare activities."""
    mall.blueprints(admin.blp)
    mall.permissions(
        {
            "groupbuy:read": "查看拼团活动、团与数据",
            "groupbuy:write": "管理拼团活动：编辑、开始、结束，处理拼团",
        }
    )
    mall.add(CAMPAIGN_SOURCES, GROUP_ACTIVITIES)
    mall.add(HOLDS, StockHold("group-buy activities", UNITS_HELD))
    mall.invariants(*INVARIANTS)
