"""Staff: what orders pay to promoters."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.commission import queries
from mall.referral.commission.planning import make_plan
from mall.referral.commission.queries import PlanWithRates
from mall.referral.commission.schemas import (
    CommissionPlanInSchema,
    CommissionPlanPageSchema,
    CommissionPlanSchema,
)

blp = Blueprint(
    "commission_plans",
    __name__,
    url_prefix="/admin/api/v1/commission-plans",
    description="佣金比例",
)


@blp.route("", methods=["GET"])
@access.staff("commission:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, CommissionPlanPageSchema)
def list_plans(query: dict[str, Any]) -> Page[PlanWithRates]:
    """Versions of the rates, newest first; the first one is in force."""
    before = id_in(query.get("cursor"))
    found = queries.plans(db.session(), before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.version])


@blp.route("", methods=["POST"])
@access.staff("commission:write")
@idempotent
@blp.arguments(CommissionPlanInSchema)
@blp.response(201, CommissionPlanSchema)
@blp.fails("commission_plan_changed", "campaign_warned", "goods_unknown")
@blp.fails("commission_level_unknown", "campaign_refused")
def create_plan(body: dict[str, Any]) -> PlanWithRates:
    """New rates, for orders that are paid from now on."""
    return queries.plan(db.session(), make_plan(**body).version)


@blp.route("/<id:version>", methods=["GET"])
@access.staff("commission:read")
@blp.response(200, CommissionPlanSchema)
@blp.fails("commission_plan_not_found")
def read_plan(version: int) -> PlanWithRates:
    """One version, as orders of its time were judged by."""
    return queries.plan(db.session(), version)
