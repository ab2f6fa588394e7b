"""Rewards: what the shop gives for what a shopper did."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.rewards import admin, metrics
from mall.rewards.attention import REFUSED_REWARDS
from mall.rewards.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare rewards. Other features add what they can give to `GRANTERS`."""
    mall.blueprints(admin.blp)
    mall.permissions(
        {
            "reward:read": "查看奖励规则与发放记录",
            "reward:write": "管理奖励规则，发放与收回奖励",
        }
    )
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_REWARDS)
