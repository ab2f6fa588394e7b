"""Shapes of what shoppers see. Prices are fen a unit, sizes members of a team."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.groupbuy.activities.models import MODES
from mall.groupbuy.orders.schemas import GroupRefusalSchema, refusals
from mall.groupbuy.teams.states import STATUSES
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, fen


def count(description: str) -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": description})


def now_field() -> fields.AwareDateTime:
    return fields.AwareDateTime(
        required=True, metadata={"description": "count down by it, not by the phone"}
    )


def ends(*, allow_none: bool = False) -> fields.AwareDateTime:
    return fields.AwareDateTime(
        required=True,
        allow_none=allow_none,
        metadata={"description": "when the team's time is up"},
    )


class GroupProductSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    image = PictureAddress(required=True)


class ShownSkuPriceSchema(Schema):
    sku_id = Id(required=True)
    price_fen = fen(required=True)


class ShownTierSchema(Schema):
    size = count("so many members reach it")
    prices = fields.List(fields.Nested(ShownSkuPriceSchema), required=True)


class ShownTierSetSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    tiers = fields.List(fields.Nested(ShownTierSchema), required=True)


class GroupSkuSchema(Schema):
    """A SKU of an activity."""

    sku_id = Id(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    price_fen = fen(required=True, metadata={"description": "alone, at the shop's price"})
    list_price_fen = fen(required=True, allow_none=True)
    leader_price_fen = fen(
        required=True,
        allow_none=True,
        metadata={"description": "what a leader pays, if it differs"},
    )
    left = count("units that teams can still have, 99 at most")


class GroupActivityTermsSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    mode = fields.String(
        required=True,
        validate=validate.OneOf(MODES),
        metadata={
            "description": "difference: all pay the first tier, the rest comes back; "
            "chosen: a team is for the tier that its leader chose"
        },
    )
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True, metadata={"description": "no new teams then"})
    team_open_min = count("minutes that a team is open, from its leader's payment")
    pay_min = count("minutes to pay a seat")
    order_units = count("units of one order at most")
    shopper_units = count("units of one shopper at most")
    open_teams = count("unfinished teams that one may lead")
    open_audience = fields.String(required=True)
    join_audience = fields.String(required=True)
    leader_free_freight = fields.Boolean(required=True)
    earns = fields.Boolean(required=True, metadata={"description": "points, rewards"})
    stacks = fields.List(
        fields.String(), required=True, metadata={"description": "what joins a team's price"}
    )


class GroupPageSchema(Schema):
    """Both prices of a product: alone by SKU, in a team by tier. The time stands before it."""

    activity = fields.Nested(GroupActivityTermsSchema, required=True)
    rules = fields.List(
        fields.String(), required=True, metadata={"description": "the rules in words"}
    )
    leader_advantages = fields.List(fields.String(), required=True)
    product = fields.Nested(GroupProductSchema, required=True)
    skus = fields.List(fields.Nested(GroupSkuSchema), required=True)
    tier_sets = fields.List(fields.Nested(ShownTierSetSchema), required=True)


class GroupProductPageSchema(GroupPageSchema):
    server_time = now_field()


class ListedActivitySchema(Schema):
    """An activity in a list. `price_fen` is the product's lowest in the shop."""

    id = Id(required=True)
    name = fields.String(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    product = fields.Nested(GroupProductSchema, required=True)
    price_fen = fen(required=True)
    first_price_fen = fen(required=True, metadata={"description": "the most that is paid"})
    best_price_fen = fen(required=True, metadata={"description": "at the last tier"})
    smallest_size = count("with so many a team is formed")
    largest_size = count("no team has more")
    left = count("units, 99 at most")


ActivityListSchema = page_schema(ListedActivitySchema)


class RunningActivitiesSchema(ActivityListSchema):  # type: ignore[misc, valid-type]
    server_time = now_field()


class OfferedTierSetSchema(ShownTierSetSchema):
    recommended = fields.Boolean(required=True)


class UnfinishedTeamSchema(Schema):
    code = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    missing = count("members until it is formed")
    seats_left = count("seats that can be taken")
    expires_at = ends(allow_none=True)


class MyActivitySchema(Schema):
    """An activity for me: tier sets to choose from, what would be refused."""

    server_time = now_field()
    tier_sets = fields.List(fields.Nested(OfferedTierSetSchema), required=True)
    recommended_because = fields.String(
        required=True, metadata={"description": "why that set is offered first, in words"}
    )
    units_left = count("units that I may still have")
    opening_refusals = refusals()
    joining_refusals = fields.List(
        fields.Nested(GroupRefusalSchema),
        required=True,
        metadata={"description": "why I can't join any of its teams"},
    )
    unfinished = fields.List(
        fields.Nested(UnfinishedTeamSchema),
        required=True,
        metadata={"description": "teams that I lead and that aren't formed"},
    )
