"""A check-in plan as the rules of compliance see it."""

from __future__ import annotations

from mall.compliance.campaigns import CHECKED_IN, Campaign, Reward
from mall.missions.checkin.models import CheckInPlan


def describe(plan: CheckInPlan) -> Campaign:
    """The facts of a plan. All plans are versions of one campaign, which has no end."""
    names = tuple(dict.fromkeys(one["name"] for one in plan.rewards))
    return Campaign(
        kind="check_in_plan",
        ref="1",
        name=plan.name,
        texts=names,
        mechanics=tuple(Reward(CHECKED_IN, name) for name in names),
    )
