"""Shapes of questions and answers for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.reviews.questions.models import STATUSES
from mall.reviews.questions.queries import HOT, SORTS
from mall.reviews.writing.texts import VisibleText

MIN_WORDS, MAX_WORDS = 2, 500


class WordsInput(Schema):
    """A question or an answer."""

    text = VisibleText(at_least=MIN_WORDS, at_most=MAX_WORDS, required=True)


class AskedSchema(Schema):
    id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class AnswerSchema(Schema):
    """An answer as everybody reads it. `by_shop`: the shop's own, not a buyer's."""

    id = Id(required=True)
    writer = fields.String(required=True)
    by_shop = fields.Boolean(required=True)
    of_trial = fields.Boolean(
        required=True, metadata={"description": "the writer got the product for a trial (试用)"}
    )
    text = fields.String(required=True)
    helpful = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


AnswerPageSchema = page_schema(AnswerSchema)


class QuestionSchema(Schema):
    """A question with the answer that stands first."""

    id = Id(required=True)
    product_id = Id(attribute="spu_id", required=True)
    asker = fields.String(required=True)
    text = fields.String(required=True)
    answers = fields.Integer(required=True)
    top_answer = fields.Nested(AnswerSchema, required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class QuestionPageSchema(Schema):
    items = fields.List(fields.Nested(QuestionSchema), required=True)
    next_cursor = fields.String(allow_none=True, required=True)
    count = fields.Integer(
        required=True, metadata={"description": "questions of the product that are shown"}
    )


class QuestionQuery(PageQuery):
    sort = fields.String(load_default=HOT, validate=validate.OneOf(SORTS))


class OwnQuestionSchema(Schema):
    id = Id(required=True)
    product_id = Id(attribute="spu_id", required=True)
    product = fields.String(required=True)
    text = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(required=True, allow_none=True)
    answers = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class OwnAnswerSchema(Schema):
    """`rewarded`: a reward that stands was given for it."""

    id = Id(required=True)
    text = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(required=True, allow_none=True)
    helpful = fields.Integer(required=True)
    rewarded = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class MyAnswerSchema(OwnAnswerSchema):
    question_id = Id(required=True)
    product_id = Id(attribute="spu_id", required=True)
    product = fields.String(required=True)
    question = fields.String(required=True)


class AskedOfMeSchema(Schema):
    id = Id(required=True)
    product_id = Id(attribute="spu_id", required=True)
    product = fields.String(required=True)
    text = fields.String(required=True)
    answers = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class AnswerRefusalSchema(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)


class QuestionStandingSchema(Schema):
    """What is the shopper's own at a question. `helpful`: answers that they voted for."""

    answer = fields.Nested(OwnAnswerSchema, required=True, allow_none=True)
    helpful = fields.List(fields.String(), required=True)
    may_answer = fields.Boolean(required=True)
    refusal = fields.Nested(AnswerRefusalSchema, required=True, allow_none=True)


class AnswerVotesSchema(Schema):
    helpful = fields.Integer(required=True, metadata={"description": "votes now"})


OwnQuestionPageSchema = page_schema(OwnQuestionSchema)
MyAnswerPageSchema = page_schema(MyAnswerSchema)
AskedOfMePageSchema = page_schema(AskedOfMeSchema)
