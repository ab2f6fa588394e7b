"""Shapes of a simulation. What tells a cost is for who may see costs alone."""

from __future__ import annotations

from marshmallow import fields

from mall.catalog.costs import CostBoolean, CostInteger, CostTexts
from mall.groupbuy.activities.schemas import GroupPlanInput
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema, whole

MAX_FREIGHT_FEN = 1_000_000
_BORNE = "what the shop bears of a leader's freight, where that is free"


class GroupSimulationInput(GroupPlanInput):
    """A plan that needn't be saved."""

    freight_fen = whole(0, MAX_FREIGHT_FEN, load_default=0, metadata={"description": _BORNE})


class GroupSimulationQuery(QuerySchema):
    freight_fen = QueryInteger(
        at_least=0, at_most=MAX_FREIGHT_FEN, load_default=0, metadata={"description": _BORNE}
    )


class GroupTierFiguresSchema(Schema):
    """A full team of one tier, a unit a member."""

    size = fields.Integer(required=True)
    price_fen = fields.Integer(required=True)
    difference_fen = fields.Integer(
        required=True, metadata={"description": "what a member gets back a unit"}
    )
    leader_price_fen = fields.Integer(
        required=True, metadata={"description": "what the leader pays in the end"}
    )
    leader_freight_fen = fields.Integer(required=True)
    team_paid_fen = fields.Integer(required=True)
    team_difference_fen = fields.Integer(required=True)
    team_revenue_fen = fields.Integer(
        required=True, metadata={"description": "paid, less the differences"}
    )
    team_cost_fen = CostInteger(
        allow_none=True, metadata={"description": "goods, and the leader's freight"}
    )
    unit_margin_fen = CostInteger(
        allow_none=True, metadata={"description": "of a unit that isn't the leader's"}
    )
    team_margin_fen = CostInteger(allow_none=True)
    team_margin_bp = CostInteger(allow_none=True)
    is_below_cost = CostBoolean(allow_none=True)


class GroupSkuFiguresSchema(Schema):
    sku_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    usual_price_fen = fields.Integer(required=True)
    cost_fen = CostInteger(allow_none=True)
    alone_margin_fen = CostInteger(
        allow_none=True, metadata={"description": "of one sold at the shop's price"}
    )
    break_even_size = CostInteger(
        allow_none=True,
        metadata={"description": "the smallest team that costs the shop nothing"},
    )
    tiers = fields.List(fields.Nested(GroupTierFiguresSchema), required=True)


class GroupSetFiguresSchema(Schema):
    name = fields.String(required=True)
    skus = fields.List(fields.Nested(GroupSkuFiguresSchema), required=True)


class GroupSimulationSchema(Schema):
    """Who may not see costs has neither margins nor warnings."""

    tier_sets = fields.List(fields.Nested(GroupSetFiguresSchema), required=True)
    warnings = CostTexts()
