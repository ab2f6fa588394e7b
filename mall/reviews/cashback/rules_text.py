"""The rules of a campaign in words, as shoppers read them before they show anything.

They follow from the terms, so they are never forgotten and never differ from what happens.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mall.kernel.clock import SHOP_ZONE
from mall.pricing.benefits import plain_yuan


def rules_text(campaign: Any) -> tuple[str, ...]:
    """Sentences for the terms of a campaign."""
    amount = plain_yuan(campaign.amount_fen)
    return (
        f"活动时间：{_shown(campaign.starts_at)} 至 {_shown(campaign.ends_at)}",
        f"晒单须为本人购买并审核通过、至少 {campaign.min_pictures} 张图片的评价，评价好坏均可；"
        "每人每场活动一次，每条评价一次",
        f"自开启起 {campaign.days} 天内且在活动结束前，满 {campaign.likes_needed} 位好友"
        f"打开您的晒单并点赞，您可获现金 {amount} 元；人数与金额固定，开启时即为您预留",
        "好友须登录，每人每台设备计一次；您本人及您的设备不计",
        "满员后经核实、且订单过了售后期即发放；判定为作弊的不发放",
        "评价被删除或下架、订单全部退款的不再发放，已发放的从以后的现金奖励中抵扣",
        "只按好友本人的点赞计算，转发本身没有好处",
    )


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}"
