"""Shapes of an activity's end and of its figures, for staff. Amounts in fen."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.catalog.costs import CostInteger
from mall.groupbuy.desk.models import DECISIONS
from mall.groupbuy.desk.schemas import FILLED, GroupReasonInput, StaffGroupTeamSchema
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema

MAX_EXCEPTIONS = 500


class GroupEndingExceptionSchema(Schema):
    team_id = Id(required=True)
    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))


class GroupEndingInput(GroupReasonInput):
    """`run`: teams run to their expiry. `form`: the shop fills what is missing, each team is
    settled once no order is unpaid. `refund`: teams that aren't formed fail, others run on."""

    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    exceptions = fields.List(
        fields.Nested(GroupEndingExceptionSchema),
        load_default=list,
        validate=validate.Length(max=MAX_EXCEPTIONS),
    )

    @ma.validates_schema
    def _each_once(self, data: dict[str, Any], **_: Any) -> None:
        named = [one["team_id"] for one in data["exceptions"]]
        if len(set(named)) < len(named):
            raise ma.ValidationError("同一个团只能指定一次", "exceptions")


class GroupEndingSchema(Schema):
    """What staff decided last. `done_at`: every open team has its verdict."""

    decision = fields.String(required=True)
    reason = fields.String(required=True)
    exceptions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "by team id"},
    )
    staff_id = Id(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class GroupOpenTotalsSchema(Schema):
    """Open teams in all. `seats_to_fill` by the shop if all forming teams were formed now;
    `refund_*` if all of them failed. Unpaid seats may still be paid."""

    teams = fields.Integer(required=True)
    opening = fields.Integer(required=True)
    forming = fields.Integer(required=True)
    formed = fields.Integer(required=True)
    decided = fields.Integer(required=True, metadata={"description": "have their verdict"})
    unpaid_seats = fields.Integer(required=True)
    seats_to_fill = fields.Integer(required=True)
    refund_members = fields.Integer(required=True)
    refund_fen = fields.Integer(required=True)


class GroupEndingPreviewSchema(Schema):
    activity_id = Id(required=True)
    status = fields.String(required=True)
    ends_at = fields.AwareDateTime(required=True)
    last = fields.Nested(GroupEndingSchema, required=True, allow_none=True)
    totals = fields.Nested(GroupOpenTotalsSchema, required=True)


class GroupOutcomeSchema(Schema):
    """What becomes of a team, by the seats that are paid now."""

    fails = fields.Boolean(required=True)
    tier_size = fields.Integer(required=True, allow_none=True)
    seats_filled = fields.Integer(required=True, metadata=FILLED)
    members = fields.Integer(required=True, metadata={"description": "who have paid"})
    refund_fen = fields.Integer(required=True, metadata={"description": "to all of them"})
    difference_fen = fields.Integer(required=True, metadata={"description": "to all of them"})


class GroupTeamOutcomesSchema(Schema):
    """An open team by decision. `run`: if nobody else joins; `refund` null: it runs on."""

    team = fields.Nested(StaffGroupTeamSchema, required=True)
    run = fields.Nested(GroupOutcomeSchema, required=True)
    form = fields.Nested(GroupOutcomeSchema, required=True)
    refund = fields.Nested(GroupOutcomeSchema, required=True, allow_none=True)


GroupTeamOutcomesPageSchema = page_schema(GroupTeamOutcomesSchema)


class GroupReachedSchema(Schema):
    """Settled teams that reached a tier."""

    tier_size = fields.Integer(required=True)
    teams = fields.Integer(required=True)
    members = fields.Integer(required=True)
    seats_filled = fields.Integer(required=True, metadata=FILLED)


def _count(said: str | None = None, *, nullable: bool = False) -> fields.Integer:
    metadata = {"description": said} if said else {}
    return fields.Integer(required=True, allow_none=nullable, metadata=metadata)


class GroupCountsSchema(Schema):
    """Figures of an activity. Money of the goods alone, without freight."""

    opened = _count("teams whose leader paid")
    formed = _count("of these, also those that are settled")
    settled = _count()
    failed = _count("of those that were opened")
    running = _count("not over yet")
    formed_bp = _count("formed, of formed and failed", nullable=True)
    form_s = _count(
        "seconds from the leader's payment until it was formed, on average", nullable=True
    )
    seats_filled = fields.Integer(required=True, metadata=FILLED)
    teams_filled = _count("teams with such seats")
    members = _count("seats that were paid")
    members_formed = _count("of these, in teams that are formed or settled")
    shoppers = _count()
    new_shoppers = _count("whose first order it was")
    difference_fen = _count("given back for tiers that were reached")
    goods_fen = _count("paid for goods in all")
    refunded_fen = _count("of it given back with units, failed teams' too")
    revenue_fen = _count("of formed and settled teams, less differences and refunds")
    units = _count("that these keep")
    given_fen = _count("what they cost less than at the shop's own prices")
    cost_fen = CostInteger(required=True)
    margin_fen = CostInteger(required=True)
    units_without_cost = CostInteger(required=True)
    visits = _count("shoppers who looked at a team that they don't lead")
    visits_joined = _count("of these, who paid for a seat in it")
    joined_bp = _count("the share of these", nullable=True)


class GroupFiguresSchema(Schema):
    activity_id = Id(required=True)
    counts = fields.Nested(GroupCountsSchema, required=True)
    sizes = fields.List(fields.Nested(GroupReachedSchema), required=True)
