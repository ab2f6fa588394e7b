"""Browsing of a shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.missions.browsing import viewing
from mall.missions.browsing.schemas import BeatInSchema, BegunViewSchema, CountedViewSchema
from mall.missions.browsing.viewing import BegunView, CountedView
from mall.sharing.pages.schemas import PageInSchema

blp = Blueprint("browsing", __name__, url_prefix="/api/v1", description="浏览计时")


@blp.route("/view-sessions", methods=["POST"])
@access.shopper
@blp.arguments(PageInSchema)
@blp.response(201, BegunViewSchema)
@blp.fails("page_not_found", "view_session_limit")
def begin(body: dict[str, Any]) -> BegunView:
    """I look at a page: it is timed from now on, and the page before no longer."""
    page = body["page"]
    return viewing.begin(current_shopper().user_id, page["kind"], page["id"])


@blp.route("/view-sessions/beats", methods=["POST"])
@access.shopper
@blp.arguments(BeatInSchema)
@blp.response(200, CountedViewSchema)
@blp.fails("view_session_not_found", "view_session_expired", "view_session_over")
@blp.fails("view_beat_skipped")
def beat(body: dict[str, Any]) -> CountedView:
    """I still look at it, or left it. A beat that was counted already adds nothing."""
    return viewing.beat(current_shopper().user_id, body["token"], body["beat"], last=body["last"])
