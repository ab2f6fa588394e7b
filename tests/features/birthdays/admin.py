"""Birthdays for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from tests.features.birthdays import queries
from tests.features.birthdays.schemas import BirthdayQuery, StaffBirthdaysSchema

blp = Blueprint("birthdays_admin", __name__, url_prefix="/admin/api/v1", description="生日管理")


@blp.route("/birthdays", methods=["GET"])
@access.staff("birthday:read")
@blp.arguments(BirthdayQuery, location="query")
@blp.response(200, StaffBirthdaysSchema)
def list_birthdays(query: dict[str, Any]) -> dict[str, Any]:
    """Whose birthday it is on a day of the year."""
    return {"items": queries.on_day(db.session(), query["month_day"])}
