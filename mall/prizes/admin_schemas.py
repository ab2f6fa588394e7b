"""Shapes of prizes for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.kernel.http.times import Moment
from mall.prizes.desk import DESK_STATES
from mall.prizes.schemas import PrizeSchema


class DeskQuery(PageQuery):
    state = fields.String(
        validate=validate.OneOf(DESK_STATES),
        metadata={"description": "to_ship, overdue, shipped, completed: where the order is"},
    )


class StaffPrizeSchema(PrizeSchema):
    """A prize with whose it is; names and phones are masked."""

    user_id = Id(attribute="PrizeClaim.user_id", required=True)
    grant_id = Id(attribute="PrizeClaim.grant_id", required=True)
    sku_code = fields.String(required=True)
    nickname = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    receiver = fields.String(required=True, allow_none=True)
    receiver_phone = fields.String(required=True, allow_none=True)
    reminded_at = fields.AwareDateTime(
        attribute="PrizeClaim.reminded_at", required=True, allow_none=True
    )


class DeadlineInput(Schema):
    until = Moment(ends=True, required=True)


class CancelPrizeInput(Schema):
    reason = Text(
        at_least=1, at_most=200, required=True, metadata={"description": "the shopper reads it"}
    )


StaffPrizePageSchema = page_schema(StaffPrizeSchema)
