"""Shapes of packets for everybody and for the shopper who has one."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.catalog.scopes import ScopeSchema
from mall.coupons.models import STATUSES
from mall.games.packets.states import STATES
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema


class ListedPacketCampaignSchema(Schema):
    """What everybody reads of a campaign. All days are shop days, the last ones with them."""

    id = Id(required=True)
    name = fields.String(required=True)
    rules = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    warm_first = fields.Date(required=True)
    warm_last = fields.Date(required=True)
    sale_first = fields.Date(required=True)
    sale_last = fields.Date(required=True)
    values_fen = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "worth after no check-in, one, two, …"},
    )
    cap_fen = fields.Integer(required=True)
    threshold_fen = fields.Integer(required=True)
    scope = fields.Nested(ScopeSchema, required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)


ListedPacketCampaignPageSchema = page_schema(ListedPacketCampaignSchema)


class PacketCampaignSchema(ListedPacketCampaignSchema):
    packets = fields.Integer(required=True, metadata={"description": "how many there are in all"})
    all_opened = fields.Boolean(required=True)


class PacketSchema(Schema):
    """My packet, and how it can grow."""

    campaign_id = Id(required=True)
    coupon_id = Id(required=True)
    coupon_status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    opened_on = fields.Date(required=True)
    check_ins = fields.Integer(required=True)
    value_fen = fields.Integer(required=True)
    next_value_fen = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "after the next check-in; none when it doesn't grow any more"},
    )
    cap_fen = fields.Integer(required=True)
    checked_in_today = fields.Boolean(required=True)
    days_left = fields.Integer(
        required=True, metadata={"description": "on which a check-in still counts"}
    )
    usable_from = fields.AwareDateTime(required=True)
    usable_until = fields.AwareDateTime(required=True)
