"""What the activities of group-buy declare."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.groupbuy.activities.describing import GROUP_ACTIVITIES
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare activities."""
    mall.add(CAMPAIGN_SOURCES, GROUP_ACTIVITIES)
