"""Shapes of trials for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.reviews.trials.models import STATUSES

MAX_NOTE = 500
PROMISE = "评价会标注“试用”，请如实评价，好坏皆可"


class ApplyInput(Schema):
    note = Text(at_most=MAX_NOTE, load_default="", metadata={"description": "why me"})


class AcceptInput(Schema):
    address_id = Id(required=True)


class TrialSchema(Schema):
    """A trial as shoppers read it."""

    id = Id(attribute="Trial.id", required=True)
    product_id = Id(attribute="Trial.spu_id", required=True)
    product = fields.String(required=True)
    image = PictureAddress(required=True, allow_none=True)
    name = fields.String(attribute="Trial.name", required=True)
    text = fields.String(attribute="Trial.text", required=True)
    units = fields.Integer(attribute="Trial.units", required=True)
    apply_from = fields.AwareDateTime(attribute="Trial.apply_from", required=True)
    apply_until = fields.AwareDateTime(attribute="Trial.apply_until", required=True)
    accept_days = fields.Integer(attribute="Trial.accept_days", required=True)
    review_days = fields.Integer(
        attribute="Trial.review_days", required=True, metadata={"description": "from the receipt"}
    )
    min_pictures = fields.Integer(
        attribute="Trial.min_pictures",
        required=True,
        metadata={"description": "of the review; a video does as well"},
    )
    needs_video = fields.Boolean(attribute="Trial.needs_video", required=True)
    requires_text = fields.String(attribute="Trial.requires_text", required=True)
    promise = fields.Function(
        lambda _: PROMISE,
        metadata={"type": "string", "description": "to be shown with the application"},
        required=True,
    )


class TrialRefusalSchema(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)


class ShownTrialSchema(Schema):
    """A trial, and what applying for it would be refused with now."""

    trial = fields.Nested(TrialSchema, attribute="row", required=True)
    application_id = Id(required=True, allow_none=True)
    refusal = fields.Nested(TrialRefusalSchema, required=True, allow_none=True)


class AppliedSchema(Schema):
    id = Id(required=True)


class OwnApplicationSchema(Schema):
    """My application: `accept_by` once picked, `due_at` once received."""

    id = Id(attribute="TrialApplication.id", required=True)
    trial_id = Id(attribute="Trial.id", required=True)
    name = fields.String(attribute="Trial.name", required=True)
    note = fields.String(attribute="TrialApplication.note", required=True)
    status = fields.String(
        attribute="TrialApplication.status", required=True, validate=validate.OneOf(STATUSES)
    )
    accept_by = fields.AwareDateTime(
        attribute="TrialApplication.accept_by", required=True, allow_none=True
    )
    order_no = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(
        attribute="TrialApplication.due_at", required=True, allow_none=True
    )
    review_id = Id(attribute="TrialApplication.review_id", required=True, allow_none=True)
    late = fields.Boolean(attribute="TrialApplication.late", required=True)
    created_at = fields.AwareDateTime(attribute="TrialApplication.created_at", required=True)


class AcceptedSchema(Schema):
    order_no = fields.String(required=True)
    status = fields.String(required=True)


class OfficerSchema(Schema):
    """My record of trials. `promoter_offered_at`: the shop offered me to become a promoter."""

    done = fields.Integer(required=True)
    late = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    barred = fields.Boolean(required=True, metadata={"description": "no new application now"})
    promoter_offered_at = fields.AwareDateTime(required=True, allow_none=True)
    promoter_page = fields.String(
        required=True, allow_none=True, metadata={"description": "where to apply, once offered"}
    )


TrialPageSchema = page_schema(TrialSchema)
OwnApplicationPageSchema = page_schema(OwnApplicationSchema)
