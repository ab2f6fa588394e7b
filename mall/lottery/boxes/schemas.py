"""Shapes of blind boxes."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, fen, whole
from mall.lottery.boxes.names import MOST
from mall.lottery.draws.schemas import PublicBoxSchema

MAX_DAILY = 1_000


class BoxOrderInSchema(Schema):
    units = whole(1, MOST, load_default=1)
    expected_payable_fen = fen(
        required=True, metadata={"description": "`price_fen` of the box, times the units"}
    )
    of_age = StrictBoolean(
        load_default=False, metadata={"description": "the shopper confirms the `notice`"}
    )


class OrderedBoxesSchema(Schema):
    order_no = fields.String(required=True)
    status = fields.String(required=True)
    payable_fen = fen(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "pay before"})


class BoxOrderSchema(Schema):
    """An order of boxes of a shopper's own."""

    order_no = fields.String(required=True)
    status = fields.String(required=True)
    payable_fen = fen(required=True)
    units = fields.Integer(required=True)
    opened = fields.Integer(required=True)
    unopened = fields.Integer(required=True)
    refunded = fields.Integer(
        required=True, metadata={"description": "units whose refund is under way or has arrived"}
    )
    returnable_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "unopened ones; none: not yet"}
    )
    created_at = fields.AwareDateTime(required=True)


BoxOrderPageSchema = page_schema(BoxOrderSchema)


class BoxReturnInSchema(Schema):
    units = whole(1, MOST, required=True)


class BoxReturnSchema(Schema):
    refund_no = fields.String(required=True)


class BoxInSchema(Schema):
    """What the tickets of a lottery are sold as. The price and the stock are the SKU's."""

    sku_id = Id(required=True)
    daily_boxes = whole(
        1,
        MAX_DAILY,
        load_default=None,
        allow_none=True,
        metadata={"description": "what a shopper may buy a shop day, for money and for points"},
    )


class StaffBoxSchema(PublicBoxSchema):
    """How a box stands."""

    lottery_id = Id(required=True)
    tickets = fields.Integer(required=True)
    taken = fields.Integer(
        required=True, metadata={"description": "boxes that were opened or are promised"}
    )
    orders = fields.Integer(required=True, metadata={"description": "that were paid"})
    sold = fields.Integer(required=True, metadata={"description": "units of these orders"})
    opened = fields.Integer(required=True)
    refunded = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
