"""Hidden coupons and communities for staff."""

from __future__ import annotations

from typing import Any

from mall.games.communities import composing, hiding, joining, queries
from mall.games.communities.admin_schemas import (
    CommunityInSchema,
    CommunityMissionEndSchema,
    CommunityMissionFiguresSchema,
    CommunityMissionInSchema,
    CommunityPageSchema,
    CommunitySchema,
    HiddenCouponInSchema,
    HiddenCouponPageSchema,
    HiddenCouponSchema,
    StaffCommunityMissionPageSchema,
    StaffCommunityMissionSchema,
)
from mall.games.communities.models import Community, HiddenCoupon
from mall.games.communities.queries import Row
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("communities_admin", __name__, url_prefix="/admin/api/v1", description="社群管理")
_REVIEWED = ("campaign_refused", "campaign_warned")
_WRONG = ("community_times_invalid", "community_rule_unknown")


@blp.route("/hidden-coupons", methods=["GET"])
@access.staff("games:publish")
@blp.arguments(PageQuery, location="query")
@blp.response(200, HiddenCouponPageSchema)
def list_hidden_coupons(query: dict[str, Any]) -> Page[HiddenCoupon]:
    """Hidden coupons, newest first, with their phrases: who sees one can use it."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.hidden_coupons(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row.id])


@blp.route("/hidden-coupons", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(HiddenCouponInSchema)
@blp.response(201, HiddenCouponSchema)
@blp.fails(*_WRONG, *_REVIEWED, "hidden_coupon_phrase_taken", "hidden_coupon_not_found")
def make_hidden_coupon(body: dict[str, Any]) -> HiddenCoupon:
    """A new hidden coupon; its terms never change."""
    accept = body.pop("accept_warnings")
    return _hidden(hiding.make_hidden_coupon(body, accept_warnings=accept))


@blp.route("/hidden-coupons/<id:hidden_coupon_id>/revocation", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.response(200, HiddenCouponSchema)
@blp.fails("hidden_coupon_not_found")
def revoke_hidden_coupon(hidden_coupon_id: int) -> HiddenCoupon:
    """Let nobody claim it any more."""
    hiding.revoke_hidden_coupon(hidden_coupon_id)
    return _hidden(hidden_coupon_id)


@blp.route("/communities", methods=["GET"])
@access.staff("games:write")
@blp.arguments(PageQuery, location="query")
@blp.response(200, CommunityPageSchema)
def list_communities(query: dict[str, Any]) -> Page[Community]:
    """Communities, newest first, with their codes."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.communities(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row.id])


@blp.route("/communities", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.arguments(CommunityInSchema)
@blp.response(201, CommunitySchema)
@blp.fails("community_not_found")
def make_community(body: dict[str, str]) -> Community:
    """A new community with a code to join it."""
    return _community(joining.make_community(body["name"]))


@blp.route("/communities/<id:community_id>/closing", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.response(200, CommunitySchema)
@blp.fails("community_not_found")
def close_community(community_id: int) -> Community:
    """Let nobody join any more; members and missions go on."""
    joining.close_community(community_id)
    return _community(community_id)


@blp.route("/communities/<id:community_id>/missions", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffCommunityMissionPageSchema)
@blp.fails("community_not_found")
def list_missions(query: dict[str, Any], community_id: int) -> Page[Row]:
    """Missions of a community, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.missions(db.session(), community_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/communities/<id:community_id>/missions", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(CommunityMissionInSchema)
@blp.response(201, StaffCommunityMissionSchema)
@blp.fails("community_not_found", *_WRONG, "community_rule_bounded", *_REVIEWED)
@blp.fails("community_mission_not_found")
def make_mission(body: dict[str, Any], community_id: int) -> Row:
    """A new mission, before its start; its terms never change."""
    accept = body.pop("accept_warnings")
    return _mission(composing.make_mission(community_id, body, accept_warnings=accept))


@blp.route("/community-missions/<id:community_mission_id>/end", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(CommunityMissionEndSchema)
@blp.response(200, StaffCommunityMissionSchema)
@blp.fails("community_mission_not_found", "community_mission_over")
def end_mission(body: dict[str, str], community_mission_id: int) -> Row:
    """End a mission that isn't reached, for a reason that is public."""
    composing.end_mission(community_mission_id, body["reason"])
    return _mission(community_mission_id)


@blp.route("/community-missions/<id:community_mission_id>/figures", methods=["GET"])
@access.staff("games:read")
@blp.response(200, CommunityMissionFiguresSchema)
@blp.fails("community_mission_not_found")
def read_figures(community_mission_id: int) -> Row:
    """Who takes part, how far it is, and how rewards are given."""
    return queries.figures(db.session(), community_mission_id)


def _hidden(hidden_coupon_id: int) -> HiddenCoupon:
    with transaction() as session:
        return queries.one_hidden_coupon(session, hidden_coupon_id)


def _community(community_id: int) -> Community:
    with transaction() as session:
        return queries.one_community(session, community_id)


def _mission(mission_id: int) -> Row:
    with transaction() as session:
        return queries.one_mission(session, mission_id)
