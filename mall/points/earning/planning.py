"""What staff do about earning: a new plan, for orders that are paid from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.errors import GoodsUnknown
from mall.catalog.models import Category, Sku
from mall.compliance.reviewing import review
from mall.kernel.db import transaction
from mall.points.earning.describing import describe
from mall.points.earning.errors import EarningPlanChanged
from mall.points.earning.models import EarningPlan
from mall.staff.audit import record


def make_plan(
    *,
    name: str,
    default_rate: int,
    categories: Mapping[int, int],
    skus: Mapping[int, int],
    days: Sequence[Mapping[str, Any]],
    replaces: int,
    accept_warnings: bool = False,
) -> EarningPlan:
    """A new version of the plan. What was earned keeps the rates that it was earned by.

    `replaces` is the version that staff have seen, 0 for the first plan. Raises GoodsUnknown,
    EarningPlanChanged, CampaignRefused (points would be worth more than the money that earns
    them) and CampaignWarned.
    """
    with transaction() as session:
        newest = session.scalar(select(func.coalesce(func.max(EarningPlan.version), 0)))
        if newest != replaces:
            raise EarningPlanChanged(param="replaces")
        _known(session, Category, categories, "categories")
        _known(session, Sku, skus, "skus")
        values = {
            "name": name,
            "default_rate": default_rate,
            "categories": {str(key): rate for key, rate in categories.items()},
            "skus": {str(key): rate for key, rate in skus.items()},
            "days": [
                {**day, **{edge: day[edge].isoformat() for edge in ("first_day", "last_day")}}
                for day in days
            ],
        }
        made = session.scalars(
            insert(EarningPlan)
            .values(version=replaces + 1, **values)
            .on_conflict_do_nothing(constraint="pk_points_earning_plans")
            .returning(EarningPlan)
        ).one_or_none()
        if made is None:  # somebody else was faster
            raise EarningPlanChanged(param="replaces")
        review(session, describe(made), made.version, accept_warnings=accept_warnings)
        record(
            session,
            action="points_earning_plan.create",
            target_type="points_earning_plan",
            target_id=made.version,
            after=values,
        )
        return made


def _known(
    session: Session, model: type[Category | Sku], rates: Mapping[int, int], param: str
) -> None:
    found = session.scalar(select(func.count()).select_from(model).where(model.id.in_(rates)))
    if found != len(rates):
        raise GoodsUnknown(param=param)
