"""A shopper's own birthday."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.errors import NotFound
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from tests.features.birthdays import commands, queries
from tests.features.birthdays.schemas import BirthdaySchema

blp = Blueprint("birthdays", __name__, url_prefix="/api/v1", description="生日")


@blp.route("/birthday", methods=["PUT"])
@access.shopper
@blp.arguments(BirthdaySchema)
@blp.response(204)
def put_birthday(body: dict[str, Any]) -> None:
    """Write down one's birthday."""
    commands.remember(current_shopper().user_id, body["month_day"])


@blp.route("/birthday", methods=["GET"])
@access.shopper
@blp.response(200, BirthdaySchema)
@blp.fails("not_found")
def read_birthday() -> dict[str, str]:
    """One's own birthday."""
    month_day = queries.of_shopper(db.session(), current_shopper().user_id)
    if month_day is None:
        raise NotFound
    return {"month_day": month_day}
