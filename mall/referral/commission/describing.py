"""Commission as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, Referral
from mall.compliance.running import CampaignSource, Running
from mall.referral.commission.line_models import CommissionPlan
from mall.referral.commission.settings import levels

KIND = "commission"


def running(session: Session) -> Iterator[Running]:
    """The newest rates, which orders are paid under."""
    newest = select(CommissionPlan).order_by(CommissionPlan.version.desc()).limit(1)
    plan = session.scalar(newest)
    if plan is not None:
        yield describe(plan), plan.version


COMMISSION_PLANS = CampaignSource(
    KIND,
    running,
    "SELECT '1' AS ref, max(version) AS version FROM commission_plans HAVING count(*) > 0",
)


def describe(plan: CommissionPlan) -> Campaign:
    """The facts of commission. Joining costs nothing; nobody is paid for heads or team sales: the
    code has no such thing. All plans are versions of one campaign, which has no end."""
    return Campaign(kind=KIND, ref="1", name=plan.name, mechanics=(Referral(levels()),))
