"""Packet campaigns for everybody, and a shopper's own packet."""

from __future__ import annotations

from typing import Any

from mall.games.packets import queries
from mall.games.packets.opening import open_packet
from mall.games.packets.queries import Row
from mall.games.packets.schemas import (
    ListedPacketCampaignPageSchema,
    PacketCampaignSchema,
    PacketSchema,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("packets", __name__, url_prefix="/api/v1", description="膨胀红包")
_ONE = "/packet-campaigns/<id:packet_campaign_id>"


@blp.route("/packet-campaigns", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, ListedPacketCampaignPageSchema)
def list_campaigns(query: dict[str, Any]) -> Page[Row]:
    """Campaigns that are published and not over, newest first."""
    found = queries.listed(db.session(), before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row["id"]])


@blp.route(_ONE, methods=["GET"])
@access.public
@blp.response(200, PacketCampaignSchema)
@blp.fails("packet_campaign_not_found")
def read_campaign(packet_campaign_id: int) -> Row:
    """The rules, the days and the table; for one that was ended early, the reason."""
    return queries.public_view(db.session(), packet_campaign_id)


@blp.route(f"{_ONE}/packet", methods=["GET"])
@access.shopper
@blp.response(200, PacketSchema)
@blp.fails("packet_campaign_not_found", "packet_not_opened")
def read_packet(packet_campaign_id: int) -> Row:
    """My packet: worth now, after the next check-in, and the days that are left."""
    return queries.own_packet(db.session(), packet_campaign_id, current_shopper().user_id)


@blp.route(f"{_ONE}/packet", methods=["POST"])
@access.shopper
@idempotent
@blp.response(201, PacketSchema)
@blp.fails("packet_campaign_not_found", "packet_not_started", "packet_paused")
@blp.fails("packet_warm_up_over", "packets_all_opened", "packet_not_opened")
def open_own(packet_campaign_id: int) -> Row:
    """Open my packet; one that is open is shown again. Then each check-in lets it grow."""
    user_id = current_shopper().user_id
    open_packet(user_id, packet_campaign_id)
    return queries.own_packet(db.session(), packet_campaign_id, user_id)
