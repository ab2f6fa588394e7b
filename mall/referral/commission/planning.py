"""What staff do about rates: a new version, for orders that are paid from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy import insert as insert_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.errors import GoodsUnknown
from mall.catalog.models import Category, Sku
from mall.compliance.reviewing import review
from mall.kernel.db import transaction
from mall.referral.commission.describing import describe
from mall.referral.commission.errors import CommissionLevelUnknown, CommissionPlanChanged
from mall.referral.commission.line_models import CATEGORY, SKU, CommissionPlan, CommissionRate
from mall.referral.promoters.models import PromoterLevel
from mall.staff.audit import record


def make_plan(
    *,
    name: str,
    rates: Sequence[dict[str, Any]],
    replaces: int,
    accept_warnings: bool = False,
) -> CommissionPlan:
    """A new version of the rates. What was accrued keeps the rates that it was accrued by.

    `replaces` is the version that staff have seen, 0 for the first. Raises GoodsUnknown,
    CommissionLevelUnknown, CommissionPlanChanged, CampaignRefused and CampaignWarned.
    """
    with transaction() as session:
        newest = session.scalar(select(func.coalesce(func.max(CommissionPlan.version), 0)))
        if newest != replaces:
            raise CommissionPlanChanged(param="replaces")
        _check(session, rates)
        made = session.scalars(
            insert(CommissionPlan)
            .values(version=replaces + 1, name=name)
            .on_conflict_do_nothing(constraint="pk_commission_plans")
            .returning(CommissionPlan)
        ).one_or_none()
        if made is None:  # somebody else was faster
            raise CommissionPlanChanged(param="replaces")
        rows = [{"version": made.version, **rate} for rate in rates]
        session.execute(insert_all(CommissionRate), rows)
        review(session, describe(made), made.version, accept_warnings=accept_warnings)
        record(
            session,
            action="commission_plan.create",
            target_type="commission_plan",
            target_id=made.version,
            after={"name": name, "rates": list(rates)},
        )
        return made


def _check(session: Session, rates: Sequence[dict[str, Any]]) -> None:
    models = {SKU: Sku, CATEGORY: Category}
    for scope, model in models.items():
        wanted = {rate["scope_id"] for rate in rates if rate["scope"] == scope}
        count = select(func.count()).select_from(model).where(model.id.in_(wanted))
        if wanted and session.scalar(count) != len(wanted):
            raise GoodsUnknown(param="rates")
    levels = {rate["level_id"] for rate in rates if rate["level_id"] is not None}
    count = select(func.count()).select_from(PromoterLevel).where(PromoterLevel.id.in_(levels))
    if levels and session.scalar(count) != len(levels):
        raise CommissionLevelUnknown(param="rates")
