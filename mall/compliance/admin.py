"""Compliance over HTTP: verdicts, what today's rules say of running campaigns, the rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from mall.compliance import queries, rechecking
from mall.compliance.rechecking import Rechecked
from mall.compliance.schemas import (
    ComplianceRuleListSchema,
    RecheckedSchema,
    RecheckPageSchema,
    RecheckQuery,
    RecheckSchema,
    VerdictPageSchema,
    VerdictQuery,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page

blp = Blueprint(
    "compliance_admin", __name__, url_prefix="/admin/api/v1/compliance", description="活动合规"
)


@blp.route("/rules", methods=["GET"])
@access.staff("compliance:read")
@blp.response(200, ComplianceRuleListSchema)
def list_rules() -> dict[str, Any]:
    """The rules, each with its source."""
    return {"items": queries.rules()}


@blp.route("/verdicts", methods=["GET"])
@access.staff("compliance:read")
@blp.arguments(VerdictQuery, location="query")
@blp.response(200, VerdictPageSchema)
def list_verdicts(query: dict[str, Any]) -> Page[RowMapping]:
    """What the rules said of saved campaigns, newest first; of one by its kind and ref."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    return queries.verdicts(db.session(), query, cursor, limit)


@blp.route("/rechecks", methods=["GET"])
@access.staff("compliance:read")
@blp.arguments(RecheckQuery, location="query")
@blp.response(200, RecheckPageSchema)
def list_rechecks(query: dict[str, Any]) -> Page[RowMapping]:
    """Running campaigns to which the rules object today and didn't when they were saved."""
    return queries.rechecks(db.session(), query["accepted"], query.get("cursor"), query["limit"])


@blp.route("/rechecks", methods=["POST"])
@access.staff("compliance:write")
@blp.response(200, RecheckedSchema)
def recheck() -> Rechecked:
    """Ask today's rules about every campaign that isn't over, as a job does each night."""
    return rechecking.recheck()


@blp.route("/rechecks/<id:recheck_id>/acceptance", methods=["PUT"])
@access.staff("compliance:write")
@blp.response(200, RecheckSchema)
@blp.fails("compliance_recheck_not_found", "compliance_recheck_refused")
def accept_recheck(recheck_id: int) -> RowMapping:
    """Accept what the rules warn of, until they say something else."""
    rechecking.accept(recheck_id)
    return queries.recheck(db.session(), recheck_id)
