"""Shapes of orders for staff."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from mall.catalog.costs import cost_fen
from mall.kernel.http.exports import SheetQuery
from mall.kernel.http.paging import MAX_PAGE, PageQuery, page_schema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, StrictInteger, Text
from mall.kernel.http.times import Moment
from mall.kernel.phone_numbers import MAX_WRITTEN
from mall.orders.quote_schemas import AdjustmentSchema
from mall.orders.schemas import ORDER_NO, OrderLineSchema, OrderSchema, OrderSummarySchema
from mall.orders.states import ALL

MAX_NOTE = 500


class OrderFilterQuery(QuerySchema):
    """What narrows a list or an export."""

    status = fields.String(validate=validate.OneOf(ALL))
    kind = Text(at_least=1, at_most=40, metadata={"description": "normal, flash, …"})
    held = fields.Boolean(metadata={"description": "paid and not to be sent yet, or not"})
    to_ship = fields.Boolean(metadata={"description": "true: paid, not on hold, goods to send"})
    order_no = fields.String(validate=ORDER_NO)
    user_id = Id()
    sku_id = Id()
    created_from = Moment(metadata={"description": "from then on"})
    created_to = Moment(ends=True, metadata={"description": "before then"})


class OrderExportQuery(OrderFilterQuery, SheetQuery):
    """A filter and the kind of sheet."""


class StaffOrderQuery(OrderFilterQuery, PageQuery):
    """A filter and a page."""


class StaffOrderSummarySchema(OrderSummarySchema):
    user_id = Id(attribute="order.user_id", required=True)
    staff_note = fields.String(attribute="order.staff_note", required=True)


StaffOrderPageSchema = page_schema(StaffOrderSummarySchema)


class StaffOrderLineSchema(OrderLineSchema):
    """`cost_fen` is of a unit, when it was sold."""

    cost_fen = cost_fen()


class StaffAdjustmentSchema(AdjustmentSchema):
    source = fields.String(required=True)
    shares = fields.List(fields.Integer(), required=True, metadata={"description": "by line"})


class TransitionSchema(Schema):
    from_status = fields.String(required=True, allow_none=True)
    to_status = fields.String(required=True)
    cause = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class StaffOrderSchema(OrderSchema):
    user_id = Id(attribute="order.user_id", required=True)
    staff_note = fields.String(attribute="order.staff_note", required=True)
    lines = fields.List(fields.Nested(StaffOrderLineSchema), required=True)
    adjustments = fields.List(fields.Nested(StaffAdjustmentSchema), required=True)
    history = fields.List(fields.Nested(TransitionSchema), required=True)


class OrderLookupSchema(Schema):
    """Whose order: one of the two, or both."""

    receiver = Text(at_least=1, at_most=25, metadata={"description": "the whole name"})
    phone = Text(
        at_least=5,
        at_most=MAX_WRITTEN,
        metadata={"description": "the receiver's or the shopper's, whole"},
    )
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})
    limit = StrictInteger(validate=validate.Range(1, MAX_PAGE), load_default=20)

    @validates_schema
    def _asks_for_somebody(self, data: dict[str, Any], **_: Any) -> None:
        if "receiver" not in data and "phone" not in data:
            raise ValidationError("请填写收货人或手机号", "phone")


class NoteSchema(Schema):
    note = Text(at_most=MAX_NOTE, required=True)
