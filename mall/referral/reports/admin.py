"""Reports of referral, for staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.ladders.campaigns import campaign
from mall.referral.reports import chains, spreading
from mall.referral.reports.chains import Chain
from mall.referral.reports.schemas import (
    ChainQuery,
    ReferralChainSchema,
    ReferralInviteePageSchema,
    SpreadQuery,
    SpreadSchema,
)
from mall.referral.reports.spreading import Scope
from mall.sharing.channels.queries import channel

blp = Blueprint(
    "referral_reports_admin", __name__, url_prefix="/admin/api/v1", description="邀请报表"
)


@blp.route("/referral-chains/<id:user_id>", methods=["GET"])
@access.staff("referral:report")
@blp.arguments(ChainQuery, location="query")
@blp.response(200, ReferralChainSchema)
def read_chain(query: dict[str, Any], user_id: int) -> Chain:
    """Who brought a shopper, and how many came below, level by level, with their orders."""
    with transaction() as session:
        return chains.chain(session, user_id, query["levels"])


@blp.route("/referral-chains/<id:user_id>/invitees", methods=["GET"])
@access.staff("referral:report")
@blp.arguments(PageQuery, location="query")
@blp.response(200, ReferralInviteePageSchema)
def list_invitees(query: dict[str, Any], user_id: int) -> Page[Any]:
    """Whom a shopper brought, newest first, with the orders that came of each."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    with transaction() as session:
        found = chains.invitees(session, user_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row.binding_id])


@blp.route("/referral-spread", methods=["GET"])
@access.staff("referral:report")
@blp.arguments(SpreadQuery, location="query")
@blp.response(200, SpreadSchema)
@blp.fails("channel_not_found", "ladder_not_found")
def read_spread(query: dict[str, Any]) -> dict[str, Any]:
    """Invites, conversion, K-factor and generation time week by week, the oldest first."""
    with transaction() as session:
        scope = _scope(session, query)
        return {"items": spreading.weeks(session, query["first"], query["weeks"], scope)}


def _scope(session: Session, query: dict[str, Any]) -> Scope:
    if "channel_id" in query:
        return Scope(channel_id=channel(session, query["channel_id"]).channel.id)
    if "campaign_id" in query:
        found = campaign(session, query["campaign_id"])
        return Scope(since=found.starts_at, until=found.until)
    return Scope()
