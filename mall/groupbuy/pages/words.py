"""What an activity offers and asks for, in words for shoppers."""

from __future__ import annotations

from typing import Any

STACKS = {"coupons": "优惠券", "promotions": "促销活动", "points": "积分抵扣"}


def offers_text(activity: Any, leader_prices: bool) -> tuple[str, ...]:
    """Sentences for an activity's row: what a leader has of it, which is said before a team is
    opened, what it earns, and what goes with it. `leader_prices`: leaders have their own."""
    return (*leader_text(activity, leader_prices), _earns(activity), _stacks(activity))


def leader_text(activity: Any, leader_prices: bool) -> tuple[str, ...]:
    """A leader's advantage; nothing where there is none."""
    said = []
    if leader_prices:
        said.append("团长享专属价")
    if activity.leader_free_freight:
        said.append("团长免运费")
    if activity.leader_rule_id is not None:
        said.append("每带来一位新客并完成交易，团长可得奖励")
    return tuple(said)


def _earns(activity: Any) -> str:
    if activity.earns:
        return "拼团订单参与积分及奖励累计"
    return "拼团订单不累计积分，不参与佣金及任务奖励"


def _stacks(activity: Any) -> str:
    joined = [label for name, label in STACKS.items() if name in activity.stacks]
    return f"可叠加：{'、'.join(joined)}" if joined else "拼团价不与优惠券、促销、积分抵扣叠加"
