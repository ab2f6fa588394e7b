"""An activity's end and its figures, for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.groupbuy.desk import ending, ending_preview, figures
from mall.groupbuy.desk.activity_schemas import (
    GroupEndingInput,
    GroupEndingPreviewSchema,
    GroupFiguresSchema,
    GroupTeamOutcomesPageSchema,
)
from mall.groupbuy.desk.ending_preview import EndingPreview, TeamOutcomes
from mall.groupbuy.desk.export import HEADER, team_rows
from mall.groupbuy.desk.figures import ActivityFigures
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint(
    "group_activity_desk",
    __name__,
    url_prefix="/admin/api/v1/group-activities/<id:activity_id>",
    description="拼团活动的结束与数据",
)


@blp.route("/ending", methods=["GET"])
@access.staff("groupbuy:read")
@blp.response(200, GroupEndingPreviewSchema)
@blp.fails("group_activity_not_found")
def read_ending(activity_id: int) -> EndingPreview:
    """What ending it now is about in all, and what staff decided last."""
    return ending_preview.preview(db.session(), activity_id)


@blp.route("/ending/teams", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, GroupTeamOutcomesPageSchema)
@blp.fails("group_activity_not_found")
def list_open_teams(query: dict[str, Any], activity_id: int) -> Page[TeamOutcomes]:
    """Each open team, and what each decision would do with it."""
    limit, after = query["limit"], id_in(query.get("cursor")) or 0
    found = ending_preview.open_teams(db.session(), activity_id, after=after, rows=limit + 1)
    return page(found, limit, lambda one: [one.team.id])


@blp.route("/ending", methods=["POST"])
@access.staff("groupbuy:write")
@idempotent
@blp.arguments(GroupEndingInput)
@blp.response(200, GroupEndingPreviewSchema)
@blp.fails("group_activity_not_found", "group_team_not_found", "group_activity_not_started")
def end_early(body: dict[str, Any], activity_id: int) -> EndingPreview:
    """No new teams from now on; a job gives the open ones their verdicts."""
    exceptions = {one["team_id"]: one["decision"] for one in body["exceptions"]}
    with transaction() as session:
        ending.end_early(activity_id, body["decision"], body["reason"], exceptions)
        return ending_preview.preview(session, activity_id)


@blp.route("/figures", methods=["GET"])
@access.staff("groupbuy:read")
@blp.response(200, GroupFiguresSchema)
@blp.fails("group_activity_not_found")
def read_figures(activity_id: int) -> ActivityFigures:
    """Teams, members, money. Cost and margin only for who may see costs."""
    with transaction() as session:
        return figures.of_activity(session, activity_id)


@blp.route("/teams/export", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(SheetQuery, location="query")
@blp.doc(**SHEETS)
@blp.fails("group_activity_not_found")
def export_teams(query: dict[str, Any], activity_id: int) -> Response:
    """All its teams as a sheet, one a row."""
    ending_preview.activity_of(db.session(), activity_id)
    rows = team_rows(db.engine, activity_id)
    return sheet_response(query["format"], f"group-teams-{activity_id}", HEADER, rows)
