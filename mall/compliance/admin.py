"""Verdicts over HTTP."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from mall.compliance import queries
from mall.compliance.schemas import VerdictPageSchema, VerdictQuery
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page

blp = Blueprint(
    "compliance_admin", __name__, url_prefix="/admin/api/v1/compliance", description="活动合规"
)


@blp.route("/verdicts", methods=["GET"])
@access.staff("compliance:read")
@blp.arguments(VerdictQuery, location="query")
@blp.response(200, VerdictPageSchema)
def list_verdicts(query: dict[str, Any]) -> Page[RowMapping]:
    """What the rules said of saved campaigns, newest first."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    return queries.verdicts(db.session(), query, cursor, limit)
