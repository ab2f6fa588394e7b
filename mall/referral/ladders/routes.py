"""Ladders of a shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.ladders.invitees import Invitee, invitees_of
from mall.referral.ladders.progress import LadderProgress, begun, ladder_for, ladders_for
from mall.referral.ladders.schemas import (
    LadderInviteePageSchema,
    LadderListSchema,
    LadderProgressSchema,
)

blp = Blueprint("ladders", __name__, url_prefix="/api/v1", description="邀新阶梯")
_LADDER = "/ladders/<id:campaign_id>"


@blp.route("/ladders", methods=["GET"])
@access.shopper
@blp.response(200, LadderListSchema)
def list_ladders() -> dict[str, Any]:
    """The campaigns that run, and those that are over and in which I have something."""
    with transaction() as session:
        return {"items": ladders_for(session, current_shopper().user_id)}


@blp.route(_LADDER, methods=["GET"])
@access.shopper
@blp.response(200, LadderProgressSchema)
@blp.fails("ladder_not_found")
def show_ladder(campaign_id: int) -> LadderProgress:
    """A campaign, and how far I am: what is missing, what is promised, what I have."""
    with transaction() as session:
        return ladder_for(session, current_shopper().user_id, campaign_id)


@blp.route(f"{_LADDER}/invitees", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, LadderInviteePageSchema)
@blp.fails("ladder_not_found")
def list_invitees(query: dict[str, Any], campaign_id: int) -> Page[Invitee]:
    """Whom I invited, newest first: masked names, how far each is, until when and why it waits."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    with transaction() as session:
        found = invitees_of(
            session,
            current_shopper().user_id,
            begun(session, campaign_id),
            before=before,
            limit=limit,
        )
    return page(found, limit, lambda row: [row.id])
