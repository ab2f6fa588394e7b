"""Shapes of reviews for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.reviews.writing.names import (
    APPROVED,
    DEFAULT,
    DELETED,
    HIDDEN,
    IMPORT,
    PENDING,
    REFUSED,
    SHOPPER,
)
from mall.reviews.writing.schemas import OwnReviewSchema, WriterSchema
from mall.reviews.writing.terms import MAX_TEXT
from mall.reviews.writing.texts import VisibleText


class ReviewTaskSchema(Schema):
    """A review of one or two stars that wants an answer."""

    due_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    done_by = Id(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class StaffReviewSchema(OwnReviewSchema):
    """A review for staff."""

    writer = fields.Nested(WriterSchema, required=True)
    user_id = Id(required=True, allow_none=True)
    order_refunded = fields.Boolean(required=True)
    task = fields.Nested(ReviewTaskSchema, required=True, allow_none=True)


class StaffReviewQuery(PageQuery):
    product_id = Id()
    user_id = Id()
    status = fields.String(validate=validate.OneOf((PENDING, APPROVED, REFUSED, HIDDEN, DELETED)))
    origin = fields.String(validate=validate.OneOf((SHOPPER, DEFAULT, IMPORT)))
    low = fields.Boolean(truthy={"true"}, falsy={"false"})


class TaskQuery(PageQuery):
    overdue = fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False)


class ReplyIn(Schema):
    text = VisibleText(required=True, at_least=1, at_most=MAX_TEXT)


class TaskNoteIn(Schema):
    note = VisibleText(required=True, at_least=1, at_most=MAX_TEXT)


StaffReviewPageSchema = page_schema(StaffReviewSchema)
