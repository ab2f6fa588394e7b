"""The check-in for staff: its plan, and what shoppers did."""

from __future__ import annotations

from datetime import date
from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.missions.checkin import queries
from mall.missions.checkin.models import CheckInPlan
from mall.missions.checkin.planning import make_plan
from mall.missions.checkin.schemas import (
    CheckInPageSchema,
    CheckInPlanInSchema,
    CheckInPlanPageSchema,
    CheckInPlanSchema,
    CheckInQuery,
)

blp = Blueprint("missions_admin", __name__, url_prefix="/admin/api/v1", description="签到管理")


@blp.route("/check-in-plans", methods=["GET"])
@access.staff("checkin:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, CheckInPlanPageSchema)
def list_plans(query: dict[str, Any]) -> Page[CheckInPlan]:
    """Versions of the plan, newest first; the first one is in force."""
    with transaction() as session:
        found = queries.plans(session, before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.version])


@blp.route("/check-in-plans", methods=["POST"])
@access.staff("checkin:write")
@idempotent
@blp.arguments(CheckInPlanInSchema)
@blp.response(201, CheckInPlanSchema)
@blp.fails("check_in_plan_changed", "campaign_warned", "check_in_rule_unknown", "campaign_refused")
def create_plan(body: dict[str, Any]) -> CheckInPlan:
    """A new plan, for cycles that begin from now on; those that run keep theirs."""
    return make_plan(**body)


@blp.route("/check-in-plans/<id:version>", methods=["GET"])
@access.staff("checkin:read")
@blp.response(200, CheckInPlanSchema)
@blp.fails("check_in_plan_not_found")
def read_plan(version: int) -> CheckInPlan:
    """One version, as cycles of its time keep it."""
    with transaction() as session:
        return queries.plan(session, version)


@blp.route("/check-ins", methods=["GET"])
@access.staff("checkin:read")
@blp.arguments(CheckInQuery, location="query")
@blp.response(200, CheckInPageSchema)
def list_check_ins(query: dict[str, Any]) -> Page[Any]:
    """A shopper's check-ins, newest first, with what each gave."""
    ordinal = id_in(query.get("cursor"))
    before = None if ordinal is None else _day(ordinal)
    with transaction() as session:
        found = queries.check_ins(session, query["user_id"], before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.day.toordinal()])


def _day(ordinal: int) -> date:
    """A day of a cursor; a made-up one is the nearest that there is."""
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))
