"""The rules of a leaderboard in words, as shoppers read them. They follow from its terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mall.kernel.clock import SHOP_ZONE
from mall.referral.leaderboard.models import DAY, MONTH, WEEK, WINDOW

_EACH = {
    WINDOW: "活动期间统一排名",
    DAY: "每天单独排名",
    WEEK: "每周（周一至周日）单独排名",
    MONTH: "每月单独排名",
}


def rules_text(
    starts_at: datetime, ends_at: datetime, period: str, wait_h: int, prizes: Sequence[Any]
) -> tuple[str, ...]:
    """Sentences for the terms of a leaderboard."""
    return (
        f"活动时间：{_shown(starts_at)} 至 {_shown(ends_at)}，{_EACH[period]}",
        "按有效好友的数量排名：好友首单完成、过了售后期并通过核实后，计为一位有效好友",
        "数量相同的，先达到该数量者在前",
        *(_prize(prize) for prize in prizes),
        f"每期结束 {wait_h} 小时后公布最终名次并发放奖品，名次公布后不再变动",
        "公布前好友的订单全额退款或被判定为作弊的，不再计数；作弊者不参与排名",
        "只按好友本人的订单计算；转发本身没有好处，也不按间接邀请计算",
    )


def _prize(prize: Any) -> str:
    ranks = f"第 {prize.first_rank} 名"
    if prize.last_rank > prize.first_rank:
        ranks = f"第 {prize.first_rank} 至 {prize.last_rank} 名"
    return f"{ranks}可获“{prize.name}”"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}"
