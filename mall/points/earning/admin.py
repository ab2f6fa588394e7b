"""Staff: what money earns in points."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.earning import queries
from mall.points.earning.models import EarningPlan
from mall.points.earning.planning import make_plan
from mall.points.earning.schemas import (
    EarningPlanInSchema,
    EarningPlanPageSchema,
    EarningPlanSchema,
)

blp = Blueprint(
    "points_earning",
    __name__,
    url_prefix="/admin/api/v1/points-earning-plans",
    description="积分获取规则",
)


@blp.route("", methods=["GET"])
@access.staff("points:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, EarningPlanPageSchema)
def list_plans(query: dict[str, Any]) -> Page[EarningPlan]:
    """Versions of the plan, newest first; the first one is in force."""
    with transaction() as session:
        found = queries.plans(session, before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.version])


@blp.route("", methods=["POST"])
@access.staff("points:approve")
@idempotent
@blp.arguments(EarningPlanInSchema)
@blp.response(201, EarningPlanSchema)
@blp.fails("points_earning_plan_changed", "campaign_warned", "goods_unknown", "campaign_refused")
def create_plan(body: dict[str, Any]) -> EarningPlan:
    """A new plan, for orders that are paid from now on."""
    return make_plan(**body)


@blp.route("/<id:version>", methods=["GET"])
@access.staff("points:read")
@blp.response(200, EarningPlanSchema)
@blp.fails("points_earning_plan_not_found")
def read_plan(version: int) -> EarningPlan:
    """One version, as orders of its time were judged by."""
    with transaction() as session:
        return queries.plan(session, version)
