"""Shapes of promoters for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.referral.promoters.models import STATUSES
from mall.referral.promoters.settings import JOINING

MAX_NOTE, MAX_VERSION = 200, 1_000_000
JOININGS = [one["value"] for one in JOINING.shape["choices"]]


class ConditionSchema(Schema):
    """One thing that must be reached: a figure, or a lesson that must be passed (0 or 1 of 1)."""

    label = fields.String(required=True)
    need = fields.Integer(required=True)
    have = fields.Integer(required=True)
    met = fields.Boolean(required=True)
    lesson_id = Id(required=True, allow_none=True)


class GrowthWaySchema(Schema):
    name = fields.String(required=True)
    conditions = fields.List(fields.Nested(ConditionSchema), required=True)


class LevelNameSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)


class AgreementNameSchema(Schema):
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    in_force_at = fields.AwareDateTime(required=True)


class AgreementSchema(AgreementNameSchema):
    text = fields.String(required=True)


class StandingSchema(Schema):
    """Where I stand as a promoter."""

    status = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(STATUSES),
        metadata={"description": "null: I never applied"},
    )
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "what staff said last"}
    )
    level = fields.Nested(LevelNameSchema, required=True, allow_none=True)
    agreement_version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "the one that I accepted"}
    )
    agreed_at = fields.AwareDateTime(required=True, allow_none=True)
    agreement = fields.Nested(
        AgreementNameSchema,
        required=True,
        allow_none=True,
        metadata={"description": "the newest one; null: nobody can apply yet"},
    )
    must_accept = fields.Boolean(
        required=True, metadata={"description": "the newest agreement isn't accepted"}
    )
    is_paid = fields.Boolean(required=True, metadata={"description": "I earn as a promoter now"})
    joining = fields.String(required=True, validate=validate.OneOf(JOININGS))
    may_apply = fields.Boolean(required=True)
    may_apply_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "set when it is too early"}
    )
    is_open = fields.Boolean(
        required=True,
        metadata={"description": "a growth rule is met: an application needs no decision"},
    )
    next_level = fields.Nested(LevelNameSchema, required=True, allow_none=True)
    ways = fields.List(
        fields.Nested(GrowthWaySchema),
        required=True,
        metadata={"description": "each leads to the next level, or to being a promoter"},
    )


class ApplicationInput(Schema):
    agreement_version = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the newest one, accepted by this"}
    )
    note = Text(at_least=1, at_most=MAX_NOTE, load_default=None, allow_none=True)


class AcceptanceInput(Schema):
    agreement_version = whole(1, MAX_VERSION, required=True)
