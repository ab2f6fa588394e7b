"""Shapes of teams as shoppers see them. Prices are fen a unit, sizes members of a team."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.groupbuy.activities.models import MODES
from mall.groupbuy.orders.schemas import refusals
from mall.groupbuy.pages.schemas import (
    GroupProductSchema,
    ShownTierSchema,
    count,
    ends,
    now_field,
)
from mall.groupbuy.teams.states import FORMED, FORMING, STATUSES
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, fen


class TeamToJoinSchema(Schema):
    code = fields.String(required=True)
    leader_name = fields.String(required=True, metadata={"description": "masked"})
    status = fields.String(required=True, validate=validate.OneOf((FORMING, FORMED)))
    tier_set_id = Id(required=True)
    sizes = fields.List(
        fields.Integer(), required=True, metadata={"description": "of the tiers of its set"}
    )
    paid = count("members who have paid")
    missing = count("members until it is formed")
    seats_left = count("seats that can be taken")
    expires_at = ends()


TeamsToJoinListSchema = page_schema(TeamToJoinSchema)


class TeamsToJoinSchema(TeamsToJoinListSchema):  # type: ignore[misc, valid-type]
    server_time = now_field()


class SeatCountsSchema(Schema):
    paid = count("members")
    reserved = count("held by orders that aren't paid yet")
    filled_by_shop = count("that the shop filled: nobody's")


class ShownPageSchema(Schema):
    """The page as missions and shares name it."""

    kind = fields.String(required=True)
    id = Id(required=True)


class TeamMemberSchema(Schema):
    name = fields.String(required=True, metadata={"description": "masked"})
    is_leader = fields.Boolean(required=True)
    is_me = fields.Boolean(required=True)
    paid_at = fields.AwareDateTime(required=True)


class MyTierSchema(ShownTierSchema):
    my_payable_fen = fen(
        required=True, allow_none=True, metadata={"description": "what my order costs there in all"}
    )
    my_back_fen = fen(
        required=True, allow_none=True, metadata={"description": "what of it comes back"}
    )


class MySeatSchema(Schema):
    order_no = fields.String(required=True)
    order_status = fields.String(required=True)
    has_seat = fields.Boolean(required=True, metadata={"description": "false: given up"})
    sku_id = Id(required=True)
    units = fields.Integer(required=True)
    unit_price_fen = fen(required=True)
    payable_fen = fen(required=True)
    paid_at = fields.AwareDateTime(required=True, allow_none=True)
    pay_before = fields.AwareDateTime(required=True, allow_none=True)
    refunded_fen = fen(required=True, metadata={"description": "what has come back in all"})
    difference_fen = fen(required=True, metadata={"description": "given back for the tier"})
    can_leave = fields.Boolean(required=True)


class TeamStateSchema(Schema):
    """A team without its people."""

    code = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    is_ending = fields.Boolean(
        required=True, metadata={"description": "its end was decided: nobody joins"}
    )
    min_size = count("with so many it is formed")
    max_size = count("it never has more")
    seats = fields.Nested(SeatCountsSchema, required=True)
    missing = count("members until it is formed")
    seats_left = count("seats that can be taken")
    expires_at = ends(allow_none=True)


class TeamActivitySchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    leader_leaves = fields.String(
        required=True, metadata={"description": "what a leader's leaving means"}
    )


class TeamPageSchema(TeamStateSchema):
    server_time = now_field()
    page = fields.Nested(ShownPageSchema, required=True)
    formed_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    activity = fields.Nested(TeamActivitySchema, required=True)
    product = fields.Nested(GroupProductSchema, required=True)
    members = fields.List(
        fields.Nested(TeamMemberSchema),
        required=True,
        metadata={"description": "who has paid, 50 at most"},
    )
    reached_size = fields.Integer(
        required=True, allow_none=True, metadata={"description": "the tier that rules, or does now"}
    )
    tiers = fields.List(fields.Nested(MyTierSchema), required=True)
    can_join = fields.Boolean(required=True)
    refusals = refusals()
    is_leader = fields.Boolean(required=True)
    mine = fields.Nested(MySeatSchema, required=True, allow_none=True)


class MyTeamSchema(TeamStateSchema):
    """A team of mine in a list, with my order."""

    activity_id = Id(required=True)
    activity_name = fields.String(required=True)
    product = fields.Nested(GroupProductSchema, required=True)
    tier_size = fields.Integer(required=True, allow_none=True)
    is_leader = fields.Boolean(required=True)
    has_seat = fields.Boolean(attribute="seat", required=True)
    order_no = fields.String(required=True)
    order_status = fields.String(required=True)
    sku_id = Id(required=True)
    units = fields.Integer(required=True)
    unit_price_fen = fen(required=True)
    payable_fen = fen(required=True)
    refunded_fen = fen(required=True)
    difference_fen = fen(required=True)


MyTeamListSchema = page_schema(MyTeamSchema)


class MyTeamsSchema(MyTeamListSchema):  # type: ignore[misc, valid-type]
    server_time = now_field()


class ShareCardSchema(Schema):
    server_time = now_field()
    code = fields.String(required=True)
    title = fields.String(required=True)
    image = PictureAddress(required=True)
    page_path = fields.String(required=True, metadata={"description": "for onShareAppMessage"})
    page = fields.Nested(ShownPageSchema, required=True)
    price_fen = fen(required=True, metadata={"description": "alone, in the shop"})
    first_price_fen = fen(required=True)
    best_price_fen = fen(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    missing = count("members until it is formed")
    seats_left = count("seats that can be taken")
    expires_at = ends(allow_none=True)
