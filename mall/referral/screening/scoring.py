"""The score of an invitee: pure arithmetic over what was counted. Weights are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Steps = tuple[tuple[int, int], ...]
"""(from how many on, points), the highest first."""
WEIGHTS: Mapping[str, Steps] = {
    "device_shared": ((5, 80), (3, 60), (2, 35)),
    "address_shared": ((8, 70), (5, 60), (3, 30)),
    "phone_shared": ((4, 70), (2, 30)),
    "phone_range": ((10, 25), (5, 10)),
    "inviter_burst": ((60, 25), (20, 15)),
    "inviter_refunds": ((50, 35), (30, 20)),
    "inviter_voided": ((5, 40), (2, 20)),
    "wechat_risk": ((4, 60), (3, 35)),
    "inviter_risk": ((4, 30), (3, 15)),
    "hasty_order": ((1, 10),),
    "refunded": ((1, 25),),
}
"""A reason alone is seldom enough to hold an invite back: a family shares an address, a
well-known person brings many in an hour. The highest step that is reached counts."""
LABELS = {
    "device_shared": "同一设备上的被邀请人数",
    "address_shared": "同一收货地址的被邀请人数",
    "phone_shared": "同一收货电话的被邀请人数",
    "phone_range": "同一地区同一号段的被邀请人数",
    "inviter_burst": "邀请人一天内的新增邀请数",
    "inviter_refunds": "邀请人名下订单的退款比例（%）",
    "inviter_voided": "邀请人已作废的邀请数",
    "wechat_risk": "微信风险等级",
    "inviter_risk": "邀请人的微信风险等级",
    "hasty_order": "注册后一分钟内下单",
    "refunded": "首单已退款",
}
MOST = 100


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100, and the points of each reason."""

    points: int
    reasons: Mapping[str, int]


def score(counts: Mapping[str, int]) -> Score:
    """The score of what was counted, by the names in WEIGHTS; what isn't there counts nothing."""
    reasons = {
        name: points
        for name, steps in WEIGHTS.items()
        if (points := _points(counts.get(name, 0), steps))
    }
    return Score(min(MOST, sum(reasons.values())), reasons)


def _points(count: int, steps: Steps) -> int:
    return next((points for at_least, points in steps if count >= at_least), 0)
