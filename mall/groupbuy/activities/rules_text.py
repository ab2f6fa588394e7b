"""The rules of an activity in words, as shoppers read them. They follow from its terms, so they
are never forgotten and never differ from what happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mall.groupbuy.activities.models import CHOSEN, CUSTOMERS, FAIL, NEW

DAY_MIN, HOUR_MIN = 24 * 60, 60


def rules_text(activity: Any, sizes: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Sentences for an activity's row, and the sizes of its tier sets."""
    return tuple(
        sentence
        for sentence in (
            _how(activity, sizes),
            f"团长支付后{_span(activity.team_open_min)}内未成团的，已付金额原路全额退回",
            _filled(activity),
            _audience(activity),
            _leader(activity),
            _sets(activity, sizes),
            f"每单限购 {activity.order_units} 件，每人限购 {activity.shopper_units} 件",
        )
        if sentence
    )


def _how(activity: Any, sizes: Sequence[Sequence[int]]) -> str:
    if activity.mode == CHOSEN:
        return "由团长选定人数档位，满员成团，各人按该档价格付款"
    least = min(one[0] for one in sizes)
    return (
        f"满 {least} 人起成团，先按首档拼团价付款；"
        "拼团截止时按实际人数对应的档位结算，多付的差价原路退回"
    )


def _filled(activity: Any) -> str:
    if not activity.virtual_seats:
        return ""
    return (
        f"拼团截止时差 {activity.virtual_seats} 人以内的，可由商家补足名额；"
        "商家补足的名额不计为用户"
    )


def _audience(activity: Any) -> str:
    opens = "仅限购买过的用户开团" if activity.open_audience == CUSTOMERS else ""
    joins = "仅限新客参团" if activity.join_audience == NEW else ""
    return "，".join(one for one in (opens, joins) if one)


def _leader(activity: Any) -> str:
    leaves = "成团前可退出拼团，已付金额原路全额退回"
    if activity.leader_leaves == FAIL:
        return f"{leaves}；团长退出的，拼团取消，各人已付金额原路全额退回"
    return f"{leaves}；团长退出的，由最早付款的团员接任"


def _sets(activity: Any, sizes: Sequence[Sequence[int]]) -> str:
    if len(sizes) < 2:
        return ""
    said = f"共有 {len(sizes)} 套人数与价格方案，团长可任选"
    return f"{said}；系统根据团长以往拼团情况优先展示其一" if activity.picks_set else said


def _span(minutes: int) -> str:
    if minutes % DAY_MIN == 0:
        return f" {minutes // DAY_MIN} 天"
    if minutes % HOUR_MIN == 0:
        return f" {minutes // HOUR_MIN} 小时"
    return f" {minutes} 分钟"
