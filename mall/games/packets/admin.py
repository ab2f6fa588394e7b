"""Packet campaigns for staff: composing, publishing, running, and how they do."""

from __future__ import annotations

from typing import Any

from mall.games.packets import composing, staff_queries
from mall.games.packets.admin_schemas import (
    PacketCampaignInSchema,
    PacketDraftInSchema,
    PacketEndSchema,
    PacketFiguresSchema,
    PacketPauseSchema,
    PacketPreviewQuery,
    PacketPreviewSchema,
    PacketPublicationSchema,
    StaffListedPacketCampaignPageSchema,
    StaffPacketCampaignSchema,
    StaffPacketPageSchema,
    StaffPacketQuery,
)
from mall.games.packets.queries import Row
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("packets_admin", __name__, url_prefix="/admin/api/v1", description="膨胀红包管理")
_ONE = "/packet-campaigns/<id:packet_campaign_id>"
_WRONG = ("packet_days_invalid", "packet_values_invalid", "goods_unknown")
_DRAFT = ("packet_campaign_not_found", "packet_campaign_published", "packet_campaign_changed")
_RUNNING = ("packet_campaign_not_found", "packet_campaign_not_published", "packet_campaign_over")


@blp.route("/packet-campaigns", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffListedPacketCampaignPageSchema)
def list_campaigns(query: dict[str, Any]) -> Page[Row]:
    """All campaigns, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = staff_queries.campaigns(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/packet-campaigns", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.arguments(PacketCampaignInSchema)
@blp.response(201, StaffPacketCampaignSchema)
@blp.fails(*_WRONG, "packet_campaign_not_found")
def create_campaign(body: dict[str, Any]) -> Row:
    """A new draft."""
    return _shown(composing.create_campaign(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("games:read")
@blp.response(200, StaffPacketCampaignSchema)
@blp.fails("packet_campaign_not_found")
def read_campaign(packet_campaign_id: int) -> Row:
    """A campaign with its terms and how many packets are opened."""
    return _shown(packet_campaign_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("games:write")
@idempotent
@blp.arguments(PacketDraftInSchema)
@blp.response(200, StaffPacketCampaignSchema)
@blp.fails(*_DRAFT, *_WRONG)
def change_draft(body: dict[str, Any], packet_campaign_id: int) -> Row:
    """Other terms for a draft."""
    composing.change_draft(packet_campaign_id, body.pop("replaces"), body)
    return _shown(packet_campaign_id)


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PacketPublicationSchema)
@blp.response(200, StaffPacketCampaignSchema)
@blp.fails(*_DRAFT, "packet_days_invalid", "goods_unknown", "campaign_refused", "campaign_warned")
def publish(body: dict[str, Any], packet_campaign_id: int) -> Row:
    """Publish a draft on its first day at the latest; its terms never change from then on."""
    composing.publish(packet_campaign_id, body["replaces"], accept_warnings=body["accept_warnings"])
    return _shown(packet_campaign_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("games:publish")
@blp.arguments(PacketPauseSchema)
@blp.response(200, StaffPacketCampaignSchema)
@blp.fails(*_RUNNING)
def pause(body: dict[str, bool], packet_campaign_id: int) -> Row:
    """Let nobody open a packet for a while, or let it go on; opened ones grow on."""
    composing.pause(packet_campaign_id, body["paused"])
    return _shown(packet_campaign_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PacketEndSchema)
@blp.response(200, StaffPacketCampaignSchema)
@blp.fails(*_RUNNING)
def end(body: dict[str, str], packet_campaign_id: int) -> Row:
    """End a campaign now, for a reason that is public; coupons keep their value and days."""
    composing.end(packet_campaign_id, body["reason"])
    return _shown(packet_campaign_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PacketPreviewQuery, location="query")
@blp.response(200, PacketPreviewSchema)
@blp.fails("packet_campaign_not_found")
def preview(query: dict[str, Any], packet_campaign_id: int) -> Row:
    """What the campaign may cost: expected by a share that is used, and worst."""
    return staff_queries.cost_preview(
        db.session(), packet_campaign_id, query["used_bp"], query["check_ins"]
    )


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("games:read")
@blp.response(200, PacketFiguresSchema)
@blp.fails("packet_campaign_not_found")
def read_figures(packet_campaign_id: int) -> Row:
    """Packets opened, by value, used ones and their cost."""
    return staff_queries.figures(db.session(), packet_campaign_id)


@blp.route(f"{_ONE}/packets", methods=["GET"])
@access.staff("games:read")
@blp.arguments(StaffPacketQuery, location="query")
@blp.response(200, StaffPacketPageSchema)
@blp.fails("packet_campaign_not_found")
def list_packets(query: dict[str, Any], packet_campaign_id: int) -> Page[Row]:
    """Packets of a campaign, newest first, or a shopper's."""
    found = staff_queries.packets(
        db.session(),
        packet_campaign_id,
        user_id=query.get("user_id"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row["coupon_id"]])


def _shown(packet_campaign_id: int) -> Row:
    with transaction() as session:
        return staff_queries.one_campaign(session, packet_campaign_id)
