"""Shapes of reports of points. All figures are points, unless they are named otherwise."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from mall.kernel.http.exports import SheetQuery
from mall.kernel.http.schemas import Id, QuerySchema, Schema, month

MOST_MONTHS = 120


class MonthsQuery(QuerySchema):
    """Months of the shop, both ends with them."""

    first = month(required=True)
    last = month(required=True)

    @ma.validates_schema
    def _ordered(self, data: dict[str, Any], **_: Any) -> None:
        if not 0 <= _number(data["last"]) - _number(data["first"]) < MOST_MONTHS:
            raise ma.ValidationError(f"起止月份须先后有序，最多 {MOST_MONTHS} 个月", "last")


def _number(written: str) -> int:
    year, number = written.split("-")
    return int(year) * 12 + int(number)


class MonthsSheetQuery(MonthsQuery, SheetQuery):
    """The same for a sheet."""


class ExpiryMonthSchema(Schema):
    month = fields.String(
        required=True, allow_none=True, metadata={"description": "null: they never expire"}
    )
    available = fields.Integer(required=True)
    frozen = fields.Integer(required=True)
    value_fen = fields.Integer(required=True, metadata={"description": "rounded up"})


class PointsBalanceDaySchema(Schema):
    """All accounts together, soon after the end of a shop day."""

    day = fields.Date(required=True)
    taken_at = fields.AwareDateTime(required=True)
    per_yuan = fields.Integer(required=True, metadata={"description": "as it was set then"})
    accounts = fields.Integer(required=True)
    available = fields.Integer(required=True)
    frozen = fields.Integer(required=True)
    held = fields.Integer(required=True)
    debt = fields.Integer(required=True, metadata={"description": "what shoppers owe"})


class PointsBalanceDaysSchema(Schema):
    items = fields.List(fields.Nested(PointsBalanceDaySchema), required=True)


class PointsLiabilitySchema(PointsBalanceDaySchema):
    """What the shop owes in points, by the month in which they expire."""

    outstanding = fields.Integer(
        required=True, metadata={"description": "available, frozen and held together"}
    )
    value_fen = fields.Integer(required=True, metadata={"description": "of outstanding"})
    months = fields.List(fields.Nested(ExpiryMonthSchema), required=True)


class PointsKindSumSchema(Schema):
    kind = fields.String(required=True)
    label = fields.String(required=True)
    entries = fields.Integer(required=True)
    granted = fields.Integer(required=True)
    net = fields.Integer(required=True)


class PointsFlowSchema(Schema):
    """granted - spent + returned - expired - forfeited - reversed = net."""

    month = fields.String(required=True)
    granted = fields.Integer(required=True)
    spent = fields.Integer(required=True, metadata={"description": "also what staff took"})
    returned = fields.Integer(required=True, metadata={"description": "by refunds of orders"})
    expired = fields.Integer(required=True)
    forfeited = fields.Integer(required=True, metadata={"description": "by closed accounts"})
    reversed = fields.Integer(required=True, metadata={"description": "grants taken back"})
    net = fields.Integer(required=True, metadata={"description": "what the shop owes more"})
    of_grants_left = fields.Integer(
        required=True, metadata={"description": "of what was granted in the month, until today"}
    )
    of_grants_expired = fields.Integer(required=True)
    of_grants_reversed = fields.Integer(required=True)
    expired_bp = fields.Integer(
        required=True, metadata={"description": "of_grants_expired of granted; 10,000 is all"}
    )
    kinds = fields.List(fields.Nested(PointsKindSumSchema), required=True)


class PointsFlowsSchema(Schema):
    items = fields.List(fields.Nested(PointsFlowSchema), required=True)


class PointsRuleCostSchema(Schema):
    rule_id = Id(required=True)
    name = fields.String(required=True)
    grants = fields.Integer(required=True)
    points = fields.Integer(required=True)
    taken_back = fields.Integer(required=True)
    owed = fields.Integer(
        required=True, metadata={"description": "due back, but spent: a debt of the shopper"}
    )
    net = fields.Integer(required=True)
    value_fen = fields.Integer(
        required=True, metadata={"description": "of net, by today's points.per_yuan, rounded up"}
    )


class PointsRuleCostsSchema(Schema):
    items = fields.List(fields.Nested(PointsRuleCostSchema), required=True)
