"""Shapes of points by hand."""

from __future__ import annotations

from marshmallow import ValidationError

from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.points.settings import MAX_POINTS


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
