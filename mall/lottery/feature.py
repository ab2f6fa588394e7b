"""Lotteries."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.lottery import jobs, metrics
from mall.lottery.boxes import feature as boxes
from mall.lottery.campaigns.describing import LOTTERIES
from mall.lottery.chances.closed_accounts import CHANCES_LOST
from mall.lottery.chances.ledger import ChanceGranter
from mall.lottery.cli import lottery
from mall.lottery.demo import load_demo_lottery
from mall.lottery.desk import admin
from mall.lottery.draws import routes
from mall.lottery.draws.attention import REFUSED_PRIZES
from mall.lottery.draws.returning import note_return
from mall.lottery.invariants import INVARIANTS
from mall.lottery.lots import feature as lots
from mall.lottery.teams import feature as teams
from mall.prizes.events import PrizeExpired
from mall.rewards.granters import GIVING, GRANTERS
from mall.users.closing import CLOSING_LOSSES


def install(mall: Mall) -> None:
    """Declare lotteries."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "lottery:read": "查看抽奖活动与记录",
            "lottery:write": "编辑抽奖活动草稿",
            "lottery:publish": "公布、暂停、结束抽奖活动，补发奖品",
        }
    )
    mall.jobs(jobs)
    mall.add(GRANTERS, ChanceGranter())
    mall.fails(GIVING, "lottery_over")
    mall.on(PrizeExpired, "lottery.note_return", note_return)
    mall.add(CAMPAIGN_SOURCES, LOTTERIES)
    mall.add(CLOSING_LOSSES, CHANCES_LOST)
    mall.commands(lottery)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_PRIZES)
    mall.demo("lottery", load_demo_lottery)
    teams.install(mall)
    lots.install(mall)
    boxes.install(mall)
