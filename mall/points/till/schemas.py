"""Shapes of the till."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.points.settings import MAX_POINTS
from mall.points.till.codes import PREFIX
from mall.points.till.models import DIRECTIONS
from mall.users.shown_codes import DIGITS

_CODE = re.compile(rf"{PREFIX}[0-9]{{{DIGITS}}}", re.ASCII)


def _is_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise ma.ValidationError("积分码无效")


class TillCodeSchema(Schema):
    code = fields.String(
        required=True, metadata={"description": "18 digits, to be shown as a bar code or QR code"}
    )
    expires_at = fields.AwareDateTime(required=True)
    ttl_s = fields.Integer(required=True)


class TillInput(Schema):
    """Points at a till. A receipt number, a reason, or both."""

    code = fields.String(required=True, validate=_is_code)
    point_id = Id(required=True)
    points = whole(1, MAX_POINTS, required=True)
    receipt_no = Text(at_least=1, at_most=64, load_default=None, allow_none=True)
    reason = Text(at_most=200, load_default="")

    @ma.validates_schema
    def _says_why(self, data: dict[str, Any], **_: Any) -> None:
        if not data["receipt_no"] and not data["reason"]:
            raise ma.ValidationError("须填写小票号或原因", "reason")


class TillUndoInput(Schema):
    reason = Text(at_least=1, at_most=200, required=True)


class TillEntrySchema(Schema):
    id = Id(required=True)
    user_id = Id(required=True)
    point_id = Id(required=True)
    point_name = fields.String(required=True)
    staff_id = Id(required=True)
    day = fields.Date(required=True, metadata={"description": "the shop day"})
    direction = fields.String(required=True, validate=validate.OneOf(DIRECTIONS))
    points = fields.Integer(required=True)
    receipt_no = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_by = Id(required=True, allow_none=True)
    undone_reason = fields.String(required=True, allow_none=True)


class TillDoneSchema(Schema):
    entry = fields.Nested(TillEntrySchema, required=True)
    available = fields.Integer(
        required=True, metadata={"description": "what the shopper can spend now"}
    )


class TillUndoneSchema(TillDoneSchema):
    debt = fields.Integer(
        required=True,
        metadata={"description": "of what was given and is spent: owed by the shopper"},
    )


class TillQuery(PageQuery):
    point_id = Id()
    staff_id = Id()
    user_id = Id()


TillEntryPageSchema = page_schema(TillEntrySchema)
