"""The plan of earning as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, PointsValue
from mall.compliance.running import CampaignSource, Running
from mall.points.earning.models import EarningPlan
from mall.points.settings import PER_YUAN

KIND = "points_earning"


def running(session: Session) -> Iterator[Running]:
    """The newest plan, which orders are paid under."""
    plan = session.scalar(select(EarningPlan).order_by(EarningPlan.version.desc()).limit(1))
    if plan is not None:
        yield describe(plan), plan.version


EARNING_PLANS = CampaignSource(
    KIND,
    running,
    """
    SELECT '1' AS ref, max(version) AS version FROM points_earning_plans HAVING count(*) > 0
    """,
)


def describe(plan: EarningPlan) -> Campaign:
    """The facts of a plan. All plans are versions of one campaign, which has no end."""
    return Campaign(
        kind=KIND,
        ref="1",
        name=plan.name,
        texts=tuple(day.name for day in plan.rules.days),
        mechanics=(PointsValue(plan.rules.worth_bp(PER_YUAN.get())),),
    )
