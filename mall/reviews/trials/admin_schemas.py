"""Shapes of trials for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.reviews.trials.models import STATUSES

MAX_UNITS, MAX_DAYS, MAX_REQUIRES, MAX_AT_ONCE = 1_000, 90, 5, 100


class TrialRequirementSchema(Schema):
    """A figure of the staff's list of shoppers (`picture_reviews`, …), and its least value."""

    figure = Text(at_least=1, at_most=60, required=True)
    at_least = whole(1, 10**11, required=True)


class TrialInput(ReviewedInput):
    """All of a trial's terms. Whatever a review says counts: its stars are never asked for."""

    sku_id = Id(required=True)
    name = Text(at_least=1, at_most=60, required=True)
    text = Text(at_least=1, at_most=2_000, required=True)
    units = whole(1, MAX_UNITS, required=True)
    apply_from = Moment(required=True)
    apply_until = Moment(ends=True, required=True)
    accept_days = whole(1, MAX_DAYS, load_default=3)
    review_days = whole(1, MAX_DAYS, load_default=14)
    min_pictures = whole(1, 9, load_default=3)
    needs_video = StrictBoolean(load_default=False)
    by_invitation = StrictBoolean(load_default=False)
    requires = fields.List(
        fields.Nested(TrialRequirementSchema),
        load_default=list,
        validate=validate.Length(max=MAX_REQUIRES),
    )
    requires_text = Text(at_most=60, load_default="")

    @ma.validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if data["apply_until"] <= data["apply_from"]:
            raise ma.ValidationError("申请截止时间须晚于开始时间", "apply_until")
        if bool(data["requires"]) != bool(data["requires_text"]):
            raise ma.ValidationError("有申请条件时须写明条件说明", "requires_text")


class TrialChangeInput(TrialInput):
    replaces = whole(1, 10**9, required=True, metadata={"description": "the version that was seen"})


class StaffTrialSchema(Schema):
    id = Id(attribute="Trial.id", required=True)
    version = fields.Integer(attribute="Trial.version", required=True)
    sku_id = Id(attribute="Trial.sku_id", required=True)
    product_id = Id(attribute="Trial.spu_id", required=True)
    product = fields.String(required=True)
    name = fields.String(attribute="Trial.name", required=True)
    text = fields.String(attribute="Trial.text", required=True)
    units = fields.Integer(attribute="Trial.units", required=True)
    picked = fields.Integer(attribute="Trial.picked", required=True)
    ordered = fields.Integer(attribute="Trial.ordered", required=True)
    apply_from = fields.AwareDateTime(attribute="Trial.apply_from", required=True)
    apply_until = fields.AwareDateTime(attribute="Trial.apply_until", required=True)
    accept_days = fields.Integer(attribute="Trial.accept_days", required=True)
    review_days = fields.Integer(attribute="Trial.review_days", required=True)
    min_pictures = fields.Integer(attribute="Trial.min_pictures", required=True)
    needs_video = fields.Boolean(attribute="Trial.needs_video", required=True)
    by_invitation = fields.Boolean(attribute="Trial.by_invitation", required=True)
    requires = fields.List(
        fields.Nested(TrialRequirementSchema), attribute="Trial.requires", required=True
    )
    requires_text = fields.String(attribute="Trial.requires_text", required=True)
    closed_at = fields.AwareDateTime(attribute="Trial.closed_at", required=True, allow_none=True)


class TrialApplicationQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))


class TrialApplicationSchema(Schema):
    """An application with the shopper's figures, by which staff pick."""

    id = Id(attribute="application.id", required=True)
    user_id = Id(attribute="application.user_id", required=True)
    nickname = fields.String(required=True, allow_none=True)
    note = fields.String(attribute="application.note", required=True)
    status = fields.String(
        attribute="application.status", required=True, validate=validate.OneOf(STATUSES)
    )
    order_no = fields.String(required=True, allow_none=True)
    accept_by = fields.AwareDateTime(
        attribute="application.accept_by", required=True, allow_none=True
    )
    due_at = fields.AwareDateTime(attribute="application.due_at", required=True, allow_none=True)
    review_id = Id(attribute="application.review_id", required=True, allow_none=True)
    late = fields.Boolean(attribute="application.late", required=True)
    created_at = fields.AwareDateTime(attribute="application.created_at", required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class PicksInput(Schema):
    application_ids = fields.List(
        Id(), required=True, validate=validate.Length(min=1, max=MAX_AT_ONCE)
    )


class PickedSchema(Schema):
    picked = fields.Integer(required=True, metadata={"description": "new ones"})


class InvitationsInput(Schema):
    user_ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=MAX_AT_ONCE))


class InvitedSchema(Schema):
    invited = fields.Integer(required=True, metadata={"description": "new ones"})


class OfficerRecordSchema(Schema):
    """A shopper's record of trials. `meets`: what the shop asks for an offer."""

    user_id = Id(required=True)
    nickname = fields.String(required=True, allow_none=True)
    done = fields.Integer(required=True)
    late = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    videos = fields.Integer(required=True)
    helpful = fields.Integer(required=True)
    meets = fields.Boolean(required=True)
    offered_at = fields.AwareDateTime(required=True, allow_none=True)


class ThresholdsSchema(Schema):
    done = fields.Integer(required=True, metadata={"description": "trials at least"})
    late = fields.Integer(required=True, metadata={"description": "late or overdue at most"})


class OfficerPageSchema(Schema):
    items = fields.List(fields.Nested(OfficerRecordSchema), required=True)
    next_cursor = fields.String(allow_none=True, required=True)
    thresholds = fields.Nested(ThresholdsSchema, required=True)


class PromoterOfferSchema(Schema):
    offered_at = fields.AwareDateTime(required=True)


StaffTrialPageSchema = page_schema(StaffTrialSchema)
TrialApplicationPageSchema = page_schema(TrialApplicationSchema)
