"""Shapes of lessons for shoppers: a quiz without its answers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.addresses import Markup
from mall.kernel.http.schemas import Id, Schema, whole

MAX_QUESTIONS, MAX_OPTIONS = 20, 8
MAX_VERSION = 1_000_000
MAX_BODY = 20_000


class LessonSummarySchema(Schema):
    id = Id(required=True, attribute="lesson.id")
    name = fields.String(required=True, attribute="lesson.name")
    passed_at = fields.AwareDateTime(required=True, allow_none=True)
    attempts_left = fields.Integer(
        required=True, metadata={"description": "of today; 0 for who has passed"}
    )


class LessonsSchema(Schema):
    items = fields.List(fields.Nested(LessonSummarySchema), required=True)


class LessonQuestionSchema(Schema):
    text = fields.String(required=True)
    options = fields.List(fields.String(), required=True)
    several = fields.Boolean(
        required=True, metadata={"description": "more than one option is right"}
    )


class OwnLessonSchema(LessonSummarySchema):
    version = fields.Integer(required=True, attribute="lesson.version")
    body = Markup(at_most=MAX_BODY, required=True, attribute="lesson.body")
    pass_at = fields.Integer(
        required=True,
        attribute="lesson.pass_at",
        metadata={"description": "how many questions must be right"},
    )
    questions = fields.List(fields.Nested(LessonQuestionSchema), required=True)


class LessonAttemptInput(Schema):
    version = whole(
        1, MAX_VERSION, required=True, metadata={"description": "of the lesson as it was read"}
    )
    answers = fields.List(
        fields.List(
            whole(0, MAX_OPTIONS - 1),
            validate=validate.Length(min=1, max=MAX_OPTIONS),
        ),
        required=True,
        validate=validate.Length(min=1, max=MAX_QUESTIONS),
        metadata={"description": "for each question the positions of its right options, from 0"},
    )


class LessonOutcomeSchema(Schema):
    passed = fields.Boolean(required=True)
    correct = fields.Integer(required=True)
    asked = fields.Integer(required=True)
    pass_at = fields.Integer(required=True)
    attempts_left = fields.Integer(required=True)
