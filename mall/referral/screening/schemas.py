"""Shapes of screening."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema, Text
from mall.referral.screening.deciding import OUTCOMES
from mall.referral.screening.models import STANDINGS
from mall.referral.screening.scoring import LABELS, MOST
from mall.referral.screening.screening import DECISIONS

MAX_REASON, MAX_AT_ONCE, MAX_DEVICE = 200, 500, 128


class DeviceInput(Schema):
    """What the client calls its device: any text that stays the same on it."""

    device = Text(at_least=8, at_most=MAX_DEVICE, required=True)


class ScreeningReasonSchema(Schema):
    name = fields.String(required=True, validate=validate.OneOf(tuple(LABELS)))
    label = fields.String(required=True)
    points = fields.Integer(required=True)


class ScreeningSchema(Schema):
    """How a binding stands: `score` of 100 with its reasons."""

    binding_id = Id(required=True)
    inviter_id = Id(required=True)
    invitee_id = Id(required=True)
    bound_at = fields.AwareDateTime(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STANDINGS))
    score = fields.Integer(required=True)
    reasons = fields.List(fields.Nested(ScreeningReasonSchema), required=True)
    scored_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    staff_id = Id(required=True, allow_none=True)
    note = fields.String(required=True)


ScreeningPageSchema = page_schema(ScreeningSchema)


class ScreeningQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STANDINGS))
    inviter_id = Id()
    from_score = QueryInteger(at_least=0, at_most=MOST, load_default=0)


class ScreeningSummaryQuery(QuerySchema):
    days = QueryInteger(at_least=1, at_most=90, load_default=30)


class ScoreStepSchema(Schema):
    """Bindings with a score of ten points from `from_score` on, by how they stand."""

    from_score = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    clear = fields.Integer(required=True)
    held = fields.Integer(required=True)
    void = fields.Integer(required=True)
    reaching = fields.Integer(
        required=True,
        metadata={"description": "who have bought and have this score or more"},
    )


class ScreeningSummarySchema(Schema):
    days = fields.Integer(required=True)
    hold_from = fields.Integer(required=True)
    shadow = fields.Boolean(required=True)
    items = fields.List(fields.Nested(ScoreStepSchema), required=True)


class ScreeningDecisionInput(Schema):
    decision = fields.String(required=True, validate=validate.OneOf(tuple(DECISIONS)))
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class ScreeningDecisionsInput(ScreeningDecisionInput):
    binding_ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=MAX_AT_ONCE))


class DecidedSchema(Schema):
    binding_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))


class DecidedListSchema(Schema):
    items = fields.List(fields.Nested(DecidedSchema), required=True)
