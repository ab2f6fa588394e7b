"""Shapes of promoters for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.referral.promoters.models import CAUSES, STATUSES

MAX_REASON, MAX_TITLE, MAX_TEXT, MAX_NAME = 200, 60, 30_000, 20
MAX_VERSION = 1_000_000


class PromoterAgreementInput(ReviewedInput):
    """A version never changes: a correction is a further version."""

    title = Text(at_least=1, at_most=MAX_TITLE, required=True)
    text = Text(at_least=1, at_most=MAX_TEXT, required=True)
    replaces = whole(
        0,
        MAX_VERSION,
        required=True,
        metadata={"description": "the newest version that was seen; 0 when there is none"},
    )
    in_force_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "from then on who hasn't accepted it isn't paid"},
    )


class PromoterAgreementSchema(Schema):
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    in_force_at = fields.AwareDateTime(required=True)
    created_at = fields.AwareDateTime(required=True)


PromoterAgreementPageSchema = page_schema(PromoterAgreementSchema)


class PromoterLevelInput(Schema):
    name = Text(at_least=1, at_most=MAX_NAME, required=True)
    position = whole(1, 99, required=True, metadata={"description": "the lowest is the first"})


class PromoterLevelSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    position = fields.Integer(required=True)
    promoters = fields.Integer(required=True, metadata={"description": "how many are active on it"})


class PromoterLevelsSchema(Schema):
    items = fields.List(fields.Nested(PromoterLevelSchema), required=True)


class PromoterSchema(Schema):
    """A shopper who applied for being a promoter."""

    user_id = Id(required=True, attribute="promoter.user_id")
    nickname = fields.String(required=True, allow_none=True)
    status = fields.String(
        required=True, attribute="promoter.status", validate=validate.OneOf(STATUSES)
    )
    level_id = Id(required=True, attribute="promoter.level_id")
    level = fields.String(required=True)
    level_fixed = fields.Boolean(
        required=True,
        attribute="promoter.level_fixed",
        metadata={"description": "staff set the level; growth leaves it alone"},
    )
    agreement_version = fields.Integer(required=True, attribute="promoter.agreement_version")
    agreed_at = fields.AwareDateTime(required=True, attribute="promoter.agreed_at")
    applied_at = fields.AwareDateTime(required=True, attribute="promoter.applied_at")
    active_at = fields.AwareDateTime(required=True, allow_none=True, attribute="promoter.active_at")
    decided_at = fields.AwareDateTime(
        required=True, allow_none=True, attribute="promoter.decided_at"
    )
    note = fields.String(
        required=True,
        allow_none=True,
        attribute="promoter.note",
        metadata={"description": "what the shopper wrote with the application"},
    )
    reason = fields.String(required=True, allow_none=True, attribute="promoter.reason")


PromoterPageSchema = page_schema(PromoterSchema)


class PromoterQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))
    level_id = Id()


class PromoterChangeSchema(Schema):
    old_status = fields.String(
        required=True, allow_none=True, attribute="PromoterChange.old_status"
    )
    new_status = fields.String(required=True, attribute="PromoterChange.new_status")
    old_level_id = Id(required=True, allow_none=True, attribute="PromoterChange.old_level_id")
    new_level_id = Id(required=True, attribute="PromoterChange.new_level_id")
    cause = fields.String(
        required=True, attribute="PromoterChange.cause", validate=validate.OneOf(CAUSES)
    )
    rule_id = Id(
        required=True,
        allow_none=True,
        attribute="PromoterChange.rule_id",
        metadata={"description": "the growth rule that was met"},
    )
    reason = fields.String(required=True, allow_none=True, attribute="PromoterChange.reason")
    staff = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True, attribute="PromoterChange.created_at")


class PromoterAcceptanceSchema(Schema):
    version = fields.Integer(required=True)
    accepted_at = fields.AwareDateTime(required=True)


class FullPromoterSchema(Schema):
    """A promoter with the newest 100 changes, and each version that they accepted."""

    promoter = fields.Nested(PromoterSchema, required=True, attribute="view")
    changes = fields.List(fields.Nested(PromoterChangeSchema), required=True)
    accepted = fields.List(fields.Nested(PromoterAcceptanceSchema), required=True)


class PromoterReasonInput(Schema):
    reason = Text(
        at_least=1,
        at_most=MAX_REASON,
        required=True,
        metadata={"description": "the shopper reads it"},
    )


class PromoterDecisionInput(Schema):
    accept = StrictBoolean(required=True)
    reason = Text(
        at_least=1,
        at_most=MAX_REASON,
        load_default=None,
        allow_none=True,
        metadata={"description": "the shopper reads it; needed for a refusal"},
    )
    level_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "where an accepted one begins; without it, at the first level"},
    )

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if not data["accept"] and data["reason"] is None:
            raise ma.ValidationError("请填写拒绝原因", "reason")
        if not data["accept"] and data["level_id"] is not None:
            raise ma.ValidationError("拒绝申请时不能指定等级", "level_id")


class PromoterLevelChangeInput(PromoterReasonInput):
    level_id = Id(required=True)
    fixed = StrictBoolean(
        load_default=True, metadata={"description": "growth leaves the level alone from now on"}
    )
