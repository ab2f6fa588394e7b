"""A shopper's points for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, sheet_response
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.kernel.http.schemas import first_day_of
from mall.points.statements import queries
from mall.points.statements.queries import Balance
from mall.points.statements.schemas import (
    PointsBalanceSchema,
    StatementPageSchema,
    StatementQuery,
    StatementSheetQuery,
)
from mall.points.statements.statement import (
    HEADER,
    BalancedLine,
    Place,
    Wanted,
    statement,
    statement_rows,
)

blp = Blueprint(
    "points_admin",
    __name__,
    url_prefix="/admin/api/v1/shoppers/<id:user_id>",
    description="积分管理",
)


@blp.route("/points", methods=["GET"])
@access.staff("points:read")
@blp.response(200, PointsBalanceSchema)
@blp.fails("not_found")
def show_balance(user_id: int) -> Balance:
    """A shopper's points."""
    with transaction() as session:
        queries.known_shopper(session, user_id)
        return queries.balance(session, user_id)


@blp.route("/points-entries", methods=["GET"])
@access.staff("points:read")
@blp.arguments(StatementQuery, location="query")
@blp.response(200, StatementPageSchema)
@blp.fails("not_found")
def list_entries(query: dict[str, Any], user_id: int) -> Page[BalancedLine]:
    """A shopper's statement, newest first, by kind and month as wanted.

    Without a choice each line says what was available after it.
    """
    place = decode_cursor(query.get("cursor"), (int, int))
    after = Place(*place) if place else None
    with transaction() as session:
        queries.known_shopper(session, user_id)
        found = statement(session, user_id, _wanted(query), after=after, limit=query["limit"])
    return page(found, query["limit"], BalancedLine.following)


@blp.route("/points-entries/export", methods=["GET"])
@access.staff("points:read")
@blp.arguments(StatementSheetQuery, location="query")
@blp.doc(**SHEETS)
@blp.fails("not_found")
def export_entries(query: dict[str, Any], user_id: int) -> Response:
    """The statement as a sheet, oldest first, with the balance after each entry."""
    with transaction() as session:
        queries.known_shopper(session, user_id)
    rows = statement_rows(db.engine, user_id, _wanted(query))
    return sheet_response(query["format"], f"points-{user_id}", HEADER, rows)


def _wanted(query: dict[str, Any]) -> Wanted:
    written = query["month"]
    return Wanted(query["kind"], first_day_of(written) if written else None)
