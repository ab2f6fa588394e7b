"""The rules of a campaign in words, as shoppers read them. They follow from its terms, so they
are never forgotten and never differ from what happens. They are worded so that the rules of
compliance (`sharing_words`) don't warn of each campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mall.kernel.clock import SHOP_ZONE
from mall.referral.ladders.arithmetic import Rung
from mall.referral.ladders.models import INVITEE, INVITER


def rules_text(starts_at: datetime, ends_at: datetime, rungs: Sequence[Rung]) -> tuple[str, ...]:
    """Sentences for the terms of a version."""
    return (
        f"活动时间：{_shown(starts_at)} 至 {_shown(ends_at)}，以好友首单支付的时间为准",
        "好友须为新用户，通过您的链接或海报进入，且此前未购买过",
        "好友首单完成、过了售后期并通过核实后，计为一位有效好友；在此之前显示为待发放",
        *map(_rung, rungs),
        "好友的订单全额退款或被判定为作弊的，相应奖励不再发放，已发放的收回",
        "只按好友本人的订单计算；转发本身没有好处，也不按间接邀请计算",
    )


def _rung(rung: Rung) -> str:
    if rung.side == INVITEE:
        return f"好友本人的第 {rung.threshold} 个订单完成后，好友可获“{rung.name}”"
    if rung.side != INVITER:
        return f"每位好友的第 {rung.threshold} 个订单完成后，您可获“{rung.name}”"
    if rung.times == 1:
        return f"有效好友累计 {rung.threshold} 位，您可获“{rung.name}”"
    return f"每 {rung.threshold} 位有效好友，您可获“{rung.name}”，最多 {rung.times} 次"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}"
