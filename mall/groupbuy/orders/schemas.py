"""Shapes of seats: what they cost, and how they are taken. Prices in fen."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.groupbuy.activities.models import MODES
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, fen, quantity, whole
from mall.orders.quote_schemas import ChoicesSchema, QuoteSchema
from mall.orders.schemas import MAX_REMARK

MAX_CODE = 32
MAX_SIZE = 1_000


class GroupRefusalSchema(Schema):
    """What placing would be refused with."""

    code = fields.String(required=True)
    message = fields.String(required=True)


def refusals() -> fields.List[Any]:
    return fields.List(
        fields.Nested(GroupRefusalSchema),
        required=True,
        metadata={"description": "why placing would be refused, the first reason first"},
    )


class OpeningSchema(Schema):
    """A team to open."""

    tier_set_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "null: the one that is recommended to me"},
    )
    size = whole(
        2,
        MAX_SIZE,
        load_default=None,
        allow_none=True,
        metadata={"description": "the chosen tier, where teams are for one tier (mode chosen)"},
    )


class GoodsSchema(ChoicesSchema):
    """What goes with the seat. `choices` as of a quote, for what the activity lets stack."""

    sku_id = Id(required=True)
    units = quantity(load_default=1)


class GroupQuoteInput(OpeningSchema, GoodsSchema):
    """A seat in a team (`team_code`), in a new team of an activity (`activity_id`), or, with
    `match`, in whatever team a lone buyer would get."""

    team_code = Text(at_least=1, at_most=MAX_CODE)
    activity_id = Id()
    match = StrictBoolean(load_default=False)
    address_id = Id(load_default=None, allow_none=True)

    @ma.validates_schema(skip_on_field_errors=True)
    def _one_place(self, data: dict[str, Any], **_: Any) -> None:
        if ("team_code" in data) == ("activity_id" in data):
            raise ma.ValidationError("参团填写拼团，开团填写活动编号，请二选一", "activity_id")
        opens = data["match"] or data["tier_set_id"] is not None or data["size"] is not None
        if "team_code" in data and opens:
            raise ma.ValidationError("参团无需选择档位", "team_code")


class TierOutcomeSchema(Schema):
    """A tier, for this order."""

    size = fields.Integer(required=True, metadata={"description": "so many members reach it"})
    unit_price_fen = fen(required=True)
    payable_fen = fen(required=True, metadata={"description": "what I pay in the end"})
    back_fen = fen(required=True, metadata={"description": "what of it I get back"})


class GroupQuoteSchema(Schema):
    """A quote of one seat. Its first line is the SKU, and says what the activity has left."""

    quote = fields.Nested(QuoteSchema, attribute="preview", required=True)
    team_code = fields.String(
        required=True, allow_none=True, metadata={"description": "null: a team is opened"}
    )
    tier_set_id = Id(
        required=True, allow_none=True, metadata={"description": "of a team that is opened"}
    )
    size = fields.Integer(required=True, allow_none=True)
    mode = fields.String(attribute="terms.mode", required=True, validate=validate.OneOf(MODES))
    tiers = fields.List(fields.Nested(TierOutcomeSchema), required=True)
    refusals = refusals()


class PlacingSchema(GoodsSchema):
    address_id = Id(required=True)
    expected_payable_fen = fen(
        required=True, metadata={"description": "`payable_fen` of the quote that was shown"}
    )
    remark = Text(at_most=MAX_REMARK, load_default="")


class JoinTeamInput(PlacingSchema):
    """A seat in a team."""


class AnySeatInput(OpeningSchema, PlacingSchema):
    """A seat in whatever team can be joined, else in a new one."""


class OpenTeamInput(AnySeatInput):
    activity_id = Id(required=True)


class SeatPlacedSchema(Schema):
    team_code = fields.String(required=True)
    opened = fields.Boolean(
        required=True, metadata={"description": "a new team, which others join once I have paid"}
    )
    order_no = fields.String(required=True)
    status = fields.String(required=True)
    payable_fen = fen(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "pay before"})
