"""Shapes of activities for staff. Prices are fen a unit, sizes are members of a team."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.groupbuy.activities.models import (
    ANYBODY,
    CUSTOMERS,
    FAIL,
    HAND_OVER,
    MODES,
    NEW,
    STATUSES,
)
from mall.groupbuy.activities.rules import LARGEST, MOST_SETS, MOST_SKUS, MOST_TIERS, SMALLEST
from mall.groupbuy.activities.stacking import STACKABLE
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import MAX_QUANTITY, Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN
from mall.orders.settings import SHORTEST_PAY_MIN

MAX_STOCK = 10_000_000
MAX_OPEN_MIN = 31 * 24 * 60
MAX_PAY_MIN = 24 * 60
MAX_TEAMS = 1_000


class GroupPriceSchema(Schema):
    """What a unit of a SKU costs each member."""

    sku_id = Id(required=True)
    price_fen = whole(1, MAX_FEN, required=True)


class GroupTierSchema(Schema):
    """With so many members, these prices hold."""

    size = whole(SMALLEST, LARGEST, required=True)
    prices = fields.List(
        fields.Nested(GroupPriceSchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_SKUS),
        metadata={"description": "one for each SKU of the activity"},
    )


class GroupTierSetInput(Schema):
    """Tiers that a team may have: sizes grow, prices fall."""

    name = Text(at_least=1, at_most=30, required=True)
    tiers = fields.List(
        fields.Nested(GroupTierSchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_TIERS),
    )


class GroupSkuInput(Schema):
    """A SKU of the product, and the units that are set aside for the activity."""

    sku_id = Id(required=True)
    stock = whole(1, MAX_STOCK, required=True)
    leader_price_fen = whole(
        1,
        MAX_FEN,
        load_default=None,
        allow_none=True,
        metadata={"description": "what a leader pays a unit, if that differs from the first tier"},
    )


class GroupPlanInput(Schema):
    """What a team costs: mode, SKUs and tier sets."""

    mode = fields.String(
        required=True,
        validate=validate.OneOf(MODES),
        metadata={
            "description": "difference: all pay the first tier and get the difference to the tier"
            " that is reached back; chosen: a team is for one tier, which its leader chooses"
        },
    )
    skus = fields.List(
        fields.Nested(GroupSkuInput),
        required=True,
        validate=validate.Length(min=1, max=MOST_SKUS),
    )
    tier_sets = fields.List(
        fields.Nested(GroupTierSetInput),
        required=True,
        validate=validate.Length(min=1, max=MOST_SETS),
        metadata={"description": "the first is the default; a leader may choose any"},
    )
    leader_free_freight = StrictBoolean(load_default=False)

    @ma.validates_schema
    def _skus_differ(self, data: dict[str, Any], **_: Any) -> None:
        ids = [one["sku_id"] for one in data["skus"]]
        if len(set(ids)) != len(ids):
            raise ma.ValidationError("规格重复", "skus")


class GroupActivityInput(GroupPlanInput, ReviewedInput):
    """All that staff set of an activity."""

    name = Text(at_least=1, at_most=30, required=True)
    description = Text(at_most=2_000, load_default="")
    spu_id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(
        ends=True,
        required=True,
        metadata={"description": "no new teams from then on; open ones run on"},
    )
    team_open_min = whole(
        1,
        MAX_OPEN_MIN,
        required=True,
        metadata={"description": "how long a team stays open, from its leader's payment"},
    )
    pay_min = whole(
        SHORTEST_PAY_MIN,
        MAX_PAY_MIN,
        required=True,
        metadata={"description": "time to pay a seat; WeChat takes no payment within a minute"},
    )
    open_audience = fields.String(
        load_default=ANYBODY, validate=validate.OneOf((ANYBODY, CUSTOMERS))
    )
    join_audience = fields.String(load_default=ANYBODY, validate=validate.OneOf((ANYBODY, NEW)))
    order_units = whole(1, MAX_QUANTITY, load_default=1)
    shopper_units = whole(1, MAX_QUANTITY, load_default=1)
    open_teams = whole(
        1, MAX_TEAMS, load_default=1, metadata={"description": "unfinished teams that one leads"}
    )
    virtual_seats = whole(
        0,
        LARGEST,
        load_default=0,
        metadata={"description": "seats of a team that the shop may fill at its end"},
    )
    leader_leaves = fields.String(
        load_default=HAND_OVER, validate=validate.OneOf((HAND_OVER, FAIL))
    )
    earns = StrictBoolean(
        load_default=False, metadata={"description": "earns points and counts for rewards"}
    )
    stacks = fields.List(
        fields.String(validate=validate.OneOf(sorted(STACKABLE))),
        load_default=list,
        validate=validate.Length(max=len(STACKABLE)),
        metadata={"description": "what joins the team's price"},
    )
    leader_rule_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "reward rule: what a leader gets for each new customer"},
    )
    picks_set = StrictBoolean(
        load_default=False,
        metadata={"description": "which set a leader is offered first goes by the leader's circle"},
    )


def _of_row(field: Any, name: str, **options: Any) -> fields.Field[Any]:
    """A column of the view's activity."""
    made: fields.Field[Any] = field(attribute=f"activity.{name}", required=True, **options)
    return made


class GroupActivitySkuSchema(Schema):
    """A SKU of an activity, in units."""

    sku_id = Id(required=True)
    sku_code = fields.String(required=True)
    spec_text = fields.String(required=True)
    usual_price_fen = fields.Integer(required=True, metadata={"description": "in the shop, now"})
    wanted_stock = fields.Integer(required=True)
    stock = fields.Integer(required=True, metadata={"description": "set aside in all"})
    sold = fields.Integer(required=True, metadata={"description": "orders hold or bought"})
    left = fields.Integer(required=True)
    leader_price_fen = fields.Integer(required=True, allow_none=True)


class GroupTierSetSchema(GroupTierSetInput):
    id = Id(required=True)


class GroupActivitySchema(Schema):
    """An activity for staff."""

    id = _of_row(Id, "id")
    status = _of_row(fields.String, "status", validate=validate.OneOf(STATUSES))
    version = _of_row(
        fields.Integer, "version", metadata={"description": "counts what was saved, and the start"}
    )
    name = _of_row(fields.String, "name")
    description = _of_row(fields.String, "description")
    spu_id = _of_row(Id, "spu_id")
    mode = _of_row(fields.String, "mode", validate=validate.OneOf(MODES))
    starts_at = _of_row(fields.AwareDateTime, "starts_at")
    ends_at = _of_row(fields.AwareDateTime, "ends_at")
    team_open_min = _of_row(fields.Integer, "team_open_min")
    pay_min = _of_row(fields.Integer, "pay_min")
    open_audience = _of_row(fields.String, "open_audience")
    join_audience = _of_row(fields.String, "join_audience")
    order_units = _of_row(fields.Integer, "order_units")
    shopper_units = _of_row(fields.Integer, "shopper_units")
    open_teams = _of_row(fields.Integer, "open_teams")
    virtual_seats = _of_row(fields.Integer, "virtual_seats")
    leader_free_freight = _of_row(fields.Boolean, "leader_free_freight")
    leader_leaves = _of_row(fields.String, "leader_leaves")
    earns = _of_row(fields.Boolean, "earns")
    stacks = fields.List(fields.String(), attribute="activity.stacks", required=True)
    leader_rule_id = _of_row(Id, "leader_rule_id", allow_none=True)
    picks_set = _of_row(fields.Boolean, "picks_set")
    started_at = _of_row(fields.AwareDateTime, "started_at", allow_none=True)
    ended_at = _of_row(fields.AwareDateTime, "ended_at", allow_none=True)
    end_reason = _of_row(fields.String, "end_reason", allow_none=True)
    stock_returned_at = _of_row(fields.AwareDateTime, "stock_returned_at", allow_none=True)
    created_at = _of_row(fields.AwareDateTime, "created_at")
    skus = fields.List(fields.Nested(GroupActivitySkuSchema), required=True)
    tier_sets = fields.List(fields.Nested(GroupTierSetSchema), required=True)
    rules_text = fields.List(
        fields.String(), required=True, metadata={"description": "as shoppers read the terms"}
    )


GroupActivityPageSchema = page_schema(GroupActivitySchema)


class GroupActivityQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))
    spu_id = Id()


class GroupCopyInput(ReviewedInput):
    starts_at = Moment(required=True)
    ends_at = Moment(ends=True, required=True)


class GroupStartInput(Schema):
    accept_warnings = StrictBoolean(
        required=True,
        metadata={"description": "start it although the rules of compliance warn"},
    )
