"""Shapes of packet campaigns for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.catalog.scopes import ScopeSchema, whole_scope
from mall.compliance.schemas import ReviewedInput
from mall.coupons.models import STATUSES
from mall.games.packets.schemas import ListedPacketCampaignSchema
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import (
    Id,
    QueryInteger,
    QuerySchema,
    Schema,
    StrictBoolean,
    Text,
    fen,
    whole,
)
from mall.kernel.http.times import ShopDay
from mall.kernel.money import MAX_FEN

MAX_PACKETS = 100_000_000
MAX_CHECK_INS = 60
MAX_REVISION = 1_000_000
REASON_MAX = 200
ALL_BP = 10_000


class PacketTermsSchema(Schema):
    """All that staff set of a campaign. At least one of `packets` and `budget_fen` is set."""

    name = Text(at_least=1, at_most=30, required=True)
    rules = Text(at_least=1, at_most=5_000, required=True)
    warm_first = ShopDay(required=True)
    warm_last = ShopDay(required=True)
    sale_first = ShopDay(required=True)
    sale_last = ShopDay(required=True)
    values_fen = fields.List(
        whole(1, MAX_FEN),
        required=True,
        validate=validate.Length(min=2, max=MAX_CHECK_INS + 1),
        metadata={"description": "worth after no check-in, one, two, …; the last is the cap"},
    )
    threshold_fen = fen(load_default=0)
    scope = fields.Nested(ScopeSchema, load_default=whole_scope)
    packets = whole(1, MAX_PACKETS, load_default=None, allow_none=True)
    budget_fen = whole(
        1,
        MAX_FEN,
        load_default=None,
        allow_none=True,
        metadata={"description": "each packet counts at the cap"},
    )


class PacketCampaignInSchema(PacketTermsSchema):
    """A new draft."""


class PacketDraftInSchema(PacketTermsSchema):
    replaces = whole(1, MAX_REVISION, required=True)


class PacketPublicationSchema(ReviewedInput):
    replaces = whole(
        1, MAX_REVISION, required=True, metadata={"description": "the revision that was read"}
    )


class PacketPauseSchema(Schema):
    paused = StrictBoolean(required=True)


class PacketEndSchema(Schema):
    reason = Text(at_least=1, at_most=REASON_MAX, required=True, metadata={"description": "public"})


class StaffListedPacketCampaignSchema(ListedPacketCampaignSchema):
    revision = fields.Integer(required=True)


StaffListedPacketCampaignPageSchema = page_schema(StaffListedPacketCampaignSchema)


class StaffPacketCampaignSchema(StaffListedPacketCampaignSchema):
    packets = fields.Integer(required=True, allow_none=True)
    budget_fen = fields.Integer(required=True, allow_none=True)
    most = fields.Integer(required=True, metadata={"description": "packets within both"})
    opened = fields.Integer(required=True)
    template_id = Id(
        required=True, allow_none=True, metadata={"description": "of its coupons, once published"}
    )
    paused = fields.Boolean(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)


class PacketPreviewQuery(QuerySchema):
    used_bp = QueryInteger(
        at_least=0,
        at_most=ALL_BP,
        load_default=ALL_BP,
        metadata={"description": "which share of the packets is used, by expectation"},
    )
    check_ins = QueryInteger(
        at_least=0,
        at_most=MAX_CHECK_INS,
        load_default=None,
        allow_none=True,
        metadata={"description": "of each shopper, by expectation; all of the table by default"},
    )


class PacketPreviewSchema(Schema):
    packets = fields.Integer(required=True)
    expected_fen = fields.Integer(required=True)
    worst_fen = fields.Integer(required=True, metadata={"description": "all at the cap"})


class PacketValueFigureSchema(Schema):
    value_fen = fields.Integer(required=True)
    packets = fields.Integer(required=True)


class PacketFiguresSchema(Schema):
    opened = fields.Integer(required=True)
    left = fields.Integer(required=True)
    check_ins = fields.Integer(required=True)
    by_value = fields.List(fields.Nested(PacketValueFigureSchema), required=True)
    worth_fen = fields.Integer(required=True, metadata={"description": "of all packets now"})
    used = fields.Integer(required=True, metadata={"description": "in paid orders"})
    cost_fen = fields.Integer(required=True, metadata={"description": "what they took off"})


class StaffPacketQuery(PageQuery):
    user_id = Id()


class StaffPacketSchema(Schema):
    user_id = Id(required=True)
    coupon_id = Id(required=True)
    opened_on = fields.Date(required=True)
    check_ins = fields.Integer(required=True)
    value_fen = fields.Integer(required=True)
    coupon_status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    order_id = Id(required=True, allow_none=True)


StaffPacketPageSchema = page_schema(StaffPacketSchema)
