"""Shapes of questions and answers for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.reviews.questions.models import STATUSES


class StaffQuestionQuery(PageQuery):
    product_id = Id()
    status = fields.String(validate=validate.OneOf(STATUSES))
    unanswered = fields.String(validate=validate.OneOf(["true"]))


class StaffQuestionSchema(Schema):
    id = Id(required=True)
    product_id = Id(attribute="spu_id", required=True)
    product = fields.String(required=True)
    user_id = Id(required=True)
    text = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(required=True, allow_none=True)
    answers = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    asked_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "when buyers were asked"}
    )


class StaffAnswerSchema(Schema):
    """`user_id` of a buyer's answer, `staff_id` of the shop's. `refusal`: why no reward."""

    id = Id(required=True)
    user_id = Id(required=True, allow_none=True)
    staff_id = Id(required=True, allow_none=True)
    text = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(required=True, allow_none=True)
    of_trial = fields.Boolean(required=True)
    helpful = fields.Integer(required=True)
    grant_id = Id(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


StaffQuestionPageSchema = page_schema(StaffQuestionSchema)
StaffAnswerPageSchema = page_schema(StaffAnswerSchema)
