"""Channels for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.kernel.http.schemas import DaysQuery
from mall.sharing.channels import codes, defining, queries
from mall.sharing.channels.defining import ChannelDraft
from mall.sharing.channels.queries import ShownChannel
from mall.sharing.channels.schemas import (
    ChannelCostInput,
    ChannelCostsSchema,
    ChannelInput,
    ChannelLinkInput,
    ChannelLinkSchema,
    ChannelPageSchema,
    ChannelQuery,
    ChannelSchema,
)

blp = Blueprint("channels_admin", __name__, url_prefix="/admin/api/v1", description="推广渠道")
_REFUSED = ("channel_coupon_invalid", "channel_point_unknown")


@blp.route("/channels", methods=["GET"])
@access.staff("channel:read")
@blp.arguments(ChannelQuery, location="query")
@blp.response(200, ChannelPageSchema)
def list_channels(query: dict[str, Any]) -> Page[ShownChannel]:
    """Channels, newest first."""
    with transaction() as session:
        found = queries.channels(
            session,
            kind=query.get("kind"),
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.channel.id])


@blp.route("/channels", methods=["POST"])
@access.staff("channel:write")
@idempotent
@blp.arguments(ChannelInput)
@blp.response(201, ChannelSchema)
@blp.fails("page_not_found", "channel_named", *_REFUSED)
def create_channel(body: dict[str, Any]) -> ShownChannel:
    """A new channel, with the token for its code or link."""
    return _shown(defining.create_channel(_draft(body)))


@blp.route("/channels/<id:channel_id>", methods=["GET"])
@access.staff("channel:read")
@blp.response(200, ChannelSchema)
@blp.fails("channel_not_found")
def read_channel(channel_id: int) -> ShownChannel:
    """One channel."""
    return _shown(channel_id)


@blp.route("/channels/<id:channel_id>", methods=["PUT"])
@access.staff("channel:write")
@blp.arguments(ChannelInput)
@blp.response(200, ChannelSchema)
@blp.fails("channel_not_found", "page_not_found", "channel_named", *_REFUSED)
def change_channel(body: dict[str, Any], channel_id: int) -> ShownChannel:
    """Change a channel; its token stays, for what is printed."""
    defining.change_channel(channel_id, _draft(body))
    return _shown(channel_id)


@blp.route("/channels/<id:channel_id>/code", methods=["GET"])
@access.staff("channel:read")
@blp.response(
    200, {"type": "string", "format": "binary"}, content_type="image/jpeg", description="JPEG"
)
@blp.fails("channel_not_found", "channel_code_unavailable")
def read_code(channel_id: int) -> Response:
    """The mini-program code to print."""
    return Response(codes.channel_code(channel_id), content_type="image/jpeg")


@blp.route("/channels/<id:channel_id>/links", methods=["POST"])
@access.staff("channel:write")
@idempotent
@blp.arguments(ChannelLinkInput)
@blp.response(201, ChannelLinkSchema)
@blp.fails("channel_not_found", "channel_code_unavailable")
def make_link(body: dict[str, Any], channel_id: int) -> dict[str, str]:
    """A link for outside WeChat; it ends after so many days."""
    return {"url_link": codes.channel_link(channel_id, body["expire_days"])}


@blp.route("/channels/<id:channel_id>/costs", methods=["GET"])
@access.staff("channel:read")
@blp.arguments(DaysQuery, location="query")
@blp.response(200, ChannelCostsSchema)
@blp.fails("channel_not_found")
def list_costs(query: dict[str, Any], channel_id: int) -> dict[str, Any]:
    """What a channel cost by day, newest first."""
    with transaction() as session:
        return {"items": queries.costs(session, channel_id, query["first"], query["last"])}


@blp.route("/channels/<id:channel_id>/costs", methods=["PUT"])
@access.staff("channel:write")
@blp.arguments(ChannelCostInput)
@blp.response(204)
@blp.fails("channel_not_found")
def put_cost(body: dict[str, Any], channel_id: int) -> None:
    """What a channel cost on a day; again replaces it."""
    defining.put_cost(channel_id, **body)


def _draft(body: dict[str, Any]) -> ChannelDraft:
    rest = {name: value for name, value in body.items() if name != "page"}
    return ChannelDraft(page_kind=body["page"]["kind"], page_id=body["page"]["id"], **rest)


def _shown(channel_id: int) -> ShownChannel:
    with transaction() as session:
        return queries.channel(session, channel_id)
