"""Rewards: what the shop gives for what a shopper did."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.rewards import admin, metrics
from mall.rewards.approving import SEND
from mall.rewards.attention import REFUSED_REWARDS
from mall.rewards.closed_accounts import PROMISED_REWARDS
from mall.rewards.describing import REWARD_RULES
from mall.rewards.invariants import INVARIANTS
from mall.rewards.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare rewards. Other features add what they can give to `GRANTERS`."""
    mall.add(SETTINGS, *OWN)
    mall.add(APPROVAL_KINDS, SEND)
    mall.fails(CARRYING_OUT, "reward_nothing_given")
    mall.blueprints(admin.blp)
    mall.permissions(
        {
            "reward:read": "查看奖励规则与发放记录",
            "reward:write": "管理奖励规则，发放与收回奖励",
            SEND.permission: "审批手工发放的奖励",
        }
    )
    mall.add(ERASERS, PROMISED_REWARDS)
    mall.metrics(metrics)
    mall.add(CAMPAIGN_SOURCES, REWARD_RULES)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_REWARDS)
