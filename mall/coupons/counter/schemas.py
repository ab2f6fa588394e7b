"""Shapes of the counter."""

from __future__ import annotations

import re

import marshmallow as ma
from marshmallow import fields

from mall.coupons.counter.codes import PREFIX
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.kernel.money import MAX_FEN
from mall.users.shown_codes import DIGITS

_CODE = re.compile(rf"{PREFIX}[0-9]{{{DIGITS}}}", re.ASCII)


def _is_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise ma.ValidationError("核销码无效")


class CounterCodeSchema(Schema):
    code = fields.String(
        required=True, metadata={"description": "18 digits, to be shown as a bar code or QR code"}
    )
    expires_at = fields.AwareDateTime(required=True)
    ttl_s = fields.Integer(required=True)


class CounterRedemptionInput(Schema):
    code = fields.String(required=True, validate=_is_code)
    point_id = Id(required=True)
    goods_fen = whole(
        1,
        MAX_FEN,
        load_default=None,
        allow_none=True,
        metadata={"description": "what the goods cost that the coupon is for; none for exchange"},
    )
    receipt_no = Text(at_least=1, at_most=64, load_default=None, allow_none=True)


class CounterUndoInput(Schema):
    reason = Text(at_least=1, at_most=200, required=True)


class CounterRedemptionSchema(Schema):
    id = Id(required=True)
    coupon_id = Id(required=True)
    template_id = Id(required=True)
    coupon_name = fields.String(required=True)
    user_id = Id(required=True)
    point_id = Id(required=True)
    point_name = fields.String(required=True)
    staff_id = Id(required=True)
    day = fields.Date(required=True, metadata={"description": "the shop day"})
    goods_fen = fields.Integer(required=True, allow_none=True)
    off_fen = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "what the shopper pays less; none: one unit is free"},
    )
    receipt_no = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_by = Id(required=True, allow_none=True)
    undone_reason = fields.String(required=True, allow_none=True)


CounterRedemptionPageSchema = page_schema(CounterRedemptionSchema)


class CounterRedemptionQuery(PageQuery):
    point_id = Id()
    staff_id = Id()
    user_id = Id()
    coupon_id = Id()
