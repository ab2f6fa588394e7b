"""A check-in plan as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import CHECKED_IN, Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.missions.checkin.models import CheckInPlan

KIND = "check_in_plan"


def running(session: Session) -> Iterator[Running]:
    """The newest plan, which cycles begin by."""
    plan = session.scalar(select(CheckInPlan).order_by(CheckInPlan.version.desc()).limit(1))
    if plan is not None:
        yield describe(plan), plan.version


# Plans were made before they were reviewed: the newest was, if any of them was.
CHECK_IN_PLANS = CampaignSource(
    KIND,
    running,
    f"""
    SELECT '1' AS ref, max(version) AS version FROM check_in_plans
    HAVING count(*) > 0 AND EXISTS (SELECT FROM compliance_verdicts WHERE kind = '{KIND}')
    """,  # noqa: S608
)


def describe(plan: CheckInPlan) -> Campaign:
    """The facts of a plan. All plans are versions of one campaign, which has no end."""
    names = tuple(dict.fromkeys(one["name"] for one in plan.rewards))
    return Campaign(
        kind=KIND,
        ref="1",
        name=plan.name,
        texts=names,
        mechanics=tuple(Reward(CHECKED_IN, name) for name in names),
    )
