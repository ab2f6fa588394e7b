"""Teams for staff: lists, one team, what is done by hand, what is stuck."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from mall.groupbuy.desk import by_hand, queries, stuck, team_view
from mall.groupbuy.desk import members as by_member
from mall.groupbuy.desk.queries import TeamFilter
from mall.groupbuy.desk.schemas import (
    GroupReasonInput,
    GroupRefundPageSchema,
    GroupRefundQuery,
    GroupTeamDetailSchema,
    StaffGroupMemberPageSchema,
    StaffGroupMemberSchema,
    StaffGroupTeamPageSchema,
    StaffGroupTeamQuery,
)
from mall.groupbuy.desk.team_view import TeamView
from mall.kernel.clock import to_microseconds
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page

blp = Blueprint("group_teams_admin", __name__, url_prefix="/admin/api/v1", description="拼团管理")
_TEAM = "/group-teams/<id:team_id>"
_MEMBER = "/group-members/<id:member_id>"
_NO_TEAM, _NO_MEMBER = "group_team_not_found", "group_member_not_found"


@blp.route("/group-teams", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(StaffGroupTeamQuery, location="query")
@blp.response(200, StaffGroupTeamPageSchema)
def list_teams(query: dict[str, Any]) -> Page[Row[Any]]:
    """Teams, newest first; those that are `due_soon` by their expiry."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    wanted, session = TeamFilter(**query), db.session()
    if wanted.by_expiry:
        after = decode_cursor(cursor, (int, int))
        found = queries.teams_due_soon(session, wanted, after=after, rows=limit + 1)
        return page(found, limit, lambda team: [to_microseconds(team.expires_at), team.id])
    found = queries.teams(session, wanted, before=id_in(cursor), rows=limit + 1)
    return page(found, limit, lambda team: [team.id])


@blp.route(_TEAM, methods=["GET"])
@access.staff("groupbuy:read")
@blp.response(200, GroupTeamDetailSchema)
@blp.fails("group_team_not_found")
def read_team(team_id: int) -> TeamView:
    """One team with its first 100 members, its history, and the seats that the shop filled."""
    return team_view.team_view(db.session(), team_id)


@blp.route(f"{_TEAM}/members", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffGroupMemberPageSchema)
@blp.fails("group_team_not_found")
def list_members(query: dict[str, Any], team_id: int) -> Page[Row[Any]]:
    """Its members with their orders, also those who left, the first first."""
    limit, session = query["limit"], db.session()
    after = id_in(query.get("cursor")) or 0
    found = team_view.members(session, team_id, after=after, rows=limit + 1)
    return page(found, limit, lambda member: [member.id])


@blp.route(f"{_TEAM}/formation", methods=["POST"])
@access.staff("groupbuy:team")
@idempotent
@blp.arguments(GroupReasonInput)
@blp.response(200, GroupTeamDetailSchema)
@blp.fails("group_team_not_found", "group_team_stands")
def form_team(body: dict[str, Any], team_id: int) -> TeamView:
    """Form it now; the shop takes the seats that are missing."""
    with transaction() as session:
        by_hand.form_team(team_id, body["reason"])
        return team_view.team_view(session, team_id)


@blp.route(f"{_TEAM}/failure", methods=["POST"])
@access.staff("groupbuy:team")
@idempotent
@blp.arguments(GroupReasonInput)
@blp.response(200, GroupTeamDetailSchema)
@blp.fails("group_team_not_found", "group_team_stands")
def fail_team(body: dict[str, Any], team_id: int) -> TeamView:
    """Let it fail: everybody gets the money back, once no order is unpaid."""
    with transaction() as session:
        by_hand.fail_team(team_id, body["reason"])
        return team_view.team_view(session, team_id)


@blp.route(f"{_TEAM}/members/<id:member_id>/removal", methods=["POST"])
@access.staff("groupbuy:team")
@blp.arguments(GroupReasonInput)
@blp.response(200, StaffGroupMemberSchema)
@blp.fails("group_member_not_found", "group_team_stands", "group_team_unpaid", "order_already_paid")
@blp.fails("order_not_cancellable", "group_not_member", "order_not_refundable", "order_state")
def remove_member(body: dict[str, Any], team_id: int, member_id: int) -> Row[Any]:
    """Free a member's seat and give the money back; again is the same."""
    by_member.remove_member(team_id, member_id, body["reason"])
    return team_view.member(db.session(), member_id)


@blp.route("/group-members", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffGroupMemberPageSchema)
def list_stuck_members(query: dict[str, Any]) -> Page[Row[Any]]:
    """Members whose order is stuck: what is due failed, or is late. The longest first."""
    after = decode_cursor(query.get("cursor"), (int, int))
    found = stuck.stuck_members(db.session(), after=after, rows=query["limit"] + 1)
    return page(
        found, query["limit"], lambda member: [to_microseconds(member.due_since), member.id]
    )


@blp.route(f"{_MEMBER}/retry", methods=["POST"])
@access.staff("groupbuy:team")
@blp.response(200, StaffGroupMemberSchema)
@blp.fails("group_member_not_found")
def retry_member(member_id: int) -> Row[Any]:
    """Do now what is due with a member's order; `due_error` says what still refuses."""
    by_member.retry_member(member_id)
    return team_view.member(db.session(), member_id)


@blp.route("/group-refunds", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(GroupRefundQuery, location="query")
@blp.response(200, GroupRefundPageSchema)
def list_refunds(query: dict[str, Any]) -> Page[Row[Any]]:
    """Refunds of group-buy that haven't arrived, newest first. `POST /refunds/{refund_no}/retry`
    tries one again."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = stuck.refunds_under_way(
        db.session(), older_min=query["older_min"], before=before, rows=limit + 1
    )
    return page(found, limit, lambda refund: [refund.id])
