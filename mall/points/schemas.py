"""Shapes of points."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.points.kinds import KINDS
from mall.points.settings import MAX_POINTS


class NextExpirySchema(Schema):
    points = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(required=True)


class PointsBalanceSchema(Schema):
    """In points: what can be spent, waits for its order, is reserved, is owed."""

    available = fields.Integer(required=True)
    frozen = fields.Integer(
        required=True, metadata={"description": "earned, available when its ground is settled"}
    )
    held = fields.Integer(required=True, metadata={"description": "reserved by unpaid orders"})
    debt = fields.Integer(
        required=True, metadata={"description": "taken back after it was spent; paid first"}
    )
    next_expiry = fields.Nested(NextExpirySchema, required=True, allow_none=True)


class PointsEntrySchema(Schema):
    """One change; each figure is what it changed."""

    id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True, metadata={"description": "the kind, in Chinese"})
    available = fields.Integer(required=True)
    frozen = fields.Integer(required=True)
    held = fields.Integer(required=True)
    debt = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


PointsEntryPageSchema = page_schema(PointsEntrySchema)


class StaffPointsEntrySchema(PointsEntrySchema):
    source = fields.String(required=True)
    note = fields.String(required=True, metadata={"description": "the reason of an adjustment"})
    staff_id = Id(required=True, allow_none=True)


StaffPointsEntryPageSchema = page_schema(StaffPointsEntrySchema)


def _not_zero(points: int) -> None:
    if points == 0:
        raise ValidationError("不能为 0")


class PointsAdjustmentSchema(Schema):
    points = whole(
        -MAX_POINTS,
        MAX_POINTS,
        required=True,
        metadata={"description": "above zero gives, below takes available points; not zero"},
    )
    points.validators.append(_not_zero)
    reason = Text(at_least=1, at_most=200, required=True)


class PointsAdjustedSchema(Schema):
    entry_id = Id(required=True)
