"""Shapes of advice. Prices in fen, shares and reductions in bp (10,000 is all)."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.catalog.costs import CostInteger
from mall.groupbuy.advice.model.proposing import LIVES_H
from mall.kernel.http.schemas import Id, Schema, fen, whole

MOST_SKUS = 50
LARGEST = 100
"""Larger teams aren't advised: the shop's past says nothing of them."""


class GroupAdviceInput(Schema):
    """A product, and the bounds within which tiers may be proposed."""

    spu_id = Id(required=True)
    sku_ids = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=MOST_SKUS),
        metadata={"description": "empty: all that are enabled"},
    )
    floor_margin_bp = whole(
        0, 10_000, required=True, metadata={"description": "least margin of a price at any tier"}
    )
    min_size = whole(2, LARGEST, load_default=2)
    max_size = whole(2, LARGEST, load_default=20)
    most_tiers = whole(1, 3, load_default=3)
    least_reduction_bp = whole(0, 9_900, load_default=100)
    most_reduction_bp = whole(0, 9_900, load_default=5_000)
    open_hours = fields.List(
        whole(1, 72),
        load_default=lambda: list(LIVES_H),
        validate=validate.Length(min=1, max=8),
        metadata={"description": "how long a team may stay open"},
    )
    stock = whole(
        1,
        10_000_000,
        load_default=None,
        allow_none=True,
        metadata={"description": "units to set aside; null: what is sellable"},
    )
    days = whole(1, 90, load_default=7, metadata={"description": "how long the activity runs"})
    fee_bp = whole(0, 1_000, load_default=60, metadata={"description": "fee of a payment"})
    failed_team_fen = fen(load_default=0, metadata={"description": "what a failed team costs"})

    @ma.validates_schema
    def _ordered(self, data: dict[str, Any], **_: Any) -> None:
        if data["min_size"] > data["max_size"]:
            raise ma.ValidationError("人数上限须不小于下限", "max_size")
        if data["least_reduction_bp"] > data["most_reduction_bp"]:
            raise ma.ValidationError("降价上限须不小于下限", "most_reduction_bp")


class AdviceNeedSchema(Schema):
    """A figure of which there is too little."""

    what = fields.String(required=True)
    have = fields.Integer(required=True)
    need = fields.Integer(required=True)


class AdviceRateSchema(Schema):
    """An estimate with its 95 % interval. Shares in bp; what is counted, for 100 teams or 100
    people of a circle; effects are factors of the odds to join, in bp."""

    what = fields.String(required=True)
    value = fields.Integer(required=True)
    low = fields.Integer(required=True)
    high = fields.Integer(required=True)


class AdvicePriceSchema(Schema):
    """What visitors did at a reduction of the shop's price."""

    reduction_bp = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    joins = fields.Integer(required=True)
    join_bp = fields.Integer(required=True)
    low_bp = fields.Integer(required=True)
    high_bp = fields.Integer(required=True)


class AdviceHourSchema(Schema):
    """An hour of the shop's day; `busy_bp` is 10,000 for a usual hour."""

    hour = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    busy_bp = fields.Integer(required=True, allow_none=True)


class AdviceCircleSchema(Schema):
    """Teams by their leader's active circle."""

    from_size = fields.Integer(required=True)
    teams = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    members = fields.Integer(required=True)


class AdviceDataSchema(Schema):
    """What the advice rests on: teams that are over, opened from `since` to `until`."""

    scope = fields.String(required=True, metadata={"description": "product, shop"})
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    teams = fields.Integer(required=True)
    leaders = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    joins = fields.Integer(required=True)
    older_left_out = fields.Boolean(required=True)
    rates = fields.List(fields.Nested(AdviceRateSchema), required=True)
    prices = fields.List(fields.Nested(AdvicePriceSchema), required=True)
    hours = fields.List(fields.Nested(AdviceHourSchema), required=True)
    circles = fields.List(fields.Nested(AdviceCircleSchema), required=True)


class AdviceSkuPricesSchema(Schema):
    """Prices of a SKU by tier, in fen."""

    sku_id = Id(required=True)
    prices_fen = fields.List(fields.Integer(), required=True)


class AdviceTierSchema(Schema):
    """A tier: `reached_bp` is the chance of a team to end with it or a higher one."""

    size = fields.Integer(required=True)
    reduction_bp = fields.Integer(required=True)
    reached_bp = fields.Integer(required=True)
    margin_bp = CostInteger(metadata={"description": "the least of the SKUs"})
    profit_fen = CostInteger(metadata={"description": "of a team that ends with this size"})


class AdvicePointSchema(Schema):
    """A point of the expected curve: a team that ends with so many members."""

    members = fields.Integer(required=True)
    chance_bp = fields.Integer(required=True)
    profit_fen = CostInteger()


class AdviceOpeningSchema(Schema):
    """An hour of the shop's day to open teams in; `visits_bp` is 10,000 for the usual ones."""

    hour = fields.Integer(required=True)
    visits_bp = fields.Integer(required=True)


class GroupProposalSchema(Schema):
    """Tiers to take. `profit_fen` is of one team, with the ends of its 95 % interval."""

    sizes = fields.List(fields.Integer(), required=True)
    skus = fields.List(fields.Nested(AdviceSkuPricesSchema), required=True)
    team_open_min = fields.Integer(required=True)
    best_hours = fields.List(fields.Nested(AdviceOpeningSchema), required=True)
    formed_bp = fields.Integer(required=True)
    members_per_100_teams = fields.Integer(required=True)
    units_per_100_teams = fields.Integer(required=True)
    teams = fields.Integer(required=True, metadata={"description": "expected, within the stock"})
    profit_fen = CostInteger()
    low_profit_fen = CostInteger()
    high_profit_fen = CostInteger()
    total_profit_fen = CostInteger()
    tiers = fields.List(fields.Nested(AdviceTierSchema), required=True)
    curve = fields.List(fields.Nested(AdvicePointSchema), required=True)


class GroupAdviceSchema(Schema):
    """`enough` is false when there is too little to rest on; `missing` then says of what."""

    enough = fields.Boolean(required=True)
    missing = fields.List(fields.Nested(AdviceNeedSchema), required=True)
    none_because = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "floor_margin, stock, no_profit: why nothing is proposed"},
    )
    data = fields.Nested(AdviceDataSchema, required=True)
    proposals = fields.List(fields.Nested(GroupProposalSchema), required=True)


class GroupSetStartSchema(Schema):
    """Leaders whose active circle is `min_circle` or more are offered this set first."""

    tier_set_id = Id(required=True)
    name = fields.String(required=True)
    sizes = fields.List(fields.Integer(), required=True)
    min_circle = fields.Integer(required=True)
    fitted_at = fields.AwareDateTime(required=True)
    scope = fields.String(required=True)
    teams = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    formed_bp = fields.Integer(
        required=True, metadata={"description": "chance that a team of such a leader is formed"}
    )
    profit_fen = CostInteger()


class GroupSetStartsSchema(Schema):
    """Empty while there is too little to rest on: everybody is offered the first set first."""

    items = fields.List(fields.Nested(GroupSetStartSchema), required=True)
