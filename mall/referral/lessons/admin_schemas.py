"""Shapes of lessons for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.addresses import Markup
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.referral.lessons.schemas import MAX_BODY, MAX_OPTIONS, MAX_QUESTIONS, MAX_VERSION


class QuizQuestionSchema(Schema):
    """A question, its options, and the positions (from 0) of the right ones."""

    text = Text(at_least=1, at_most=300, required=True)
    options = fields.List(
        Text(at_least=1, at_most=100),
        required=True,
        validate=validate.Length(min=2, max=MAX_OPTIONS),
    )
    answers = fields.List(
        whole(0, MAX_OPTIONS - 1),
        required=True,
        validate=validate.Length(min=1, max=MAX_OPTIONS),
    )

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        options, answers = data["options"], data["answers"]
        if len(set(options)) != len(options):
            raise ma.ValidationError("选项重复", "options")
        if len(set(answers)) != len(answers) or max(answers) >= len(options):
            raise ma.ValidationError("答案须为选项的序号，且不重复", "answers")


class LessonTermsSchema(Schema):
    name = Text(at_least=1, at_most=40, required=True)
    body = Markup(at_least=1, at_most=MAX_BODY, required=True)
    questions = fields.List(
        fields.Nested(QuizQuestionSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_QUESTIONS),
    )
    pass_at = whole(1, MAX_QUESTIONS, required=True)
    position = whole(0, 9_999, load_default=0)

    @ma.validates_schema
    def _can_be_passed(self, data: dict[str, Any], **_: Any) -> None:
        if data["pass_at"] > len(data["questions"]):
            raise ma.ValidationError("须答对的题数超过题目数量", "pass_at")


class LessonInput(LessonTermsSchema):
    enabled = StrictBoolean(load_default=True)


class LessonChangeInput(LessonTermsSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class LessonEnabledInput(Schema):
    enabled = StrictBoolean(required=True)


class LessonSchema(Schema):
    """A lesson with its answers, for staff."""

    id = Id(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    body = Markup(at_most=MAX_BODY, required=True)
    questions = fields.List(fields.Nested(QuizQuestionSchema), required=True)
    pass_at = fields.Integer(required=True)
    position = fields.Integer(required=True)
    enabled = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class AllLessonsSchema(Schema):
    items = fields.List(fields.Nested(LessonSchema), required=True)


class LessonFiguresSchema(Schema):
    tried = fields.Integer(required=True, metadata={"description": "shoppers"})
    passed = fields.Integer(required=True, metadata={"description": "shoppers"})
    attempts = fields.Integer(required=True)


class LessonAttemptSchema(Schema):
    id = Id(required=True)
    user_id = Id(required=True)
    version = fields.Integer(required=True)
    answers = fields.List(fields.List(fields.Integer()), required=True)
    correct = fields.Integer(required=True)
    asked = fields.Integer(required=True)
    pass_at = fields.Integer(required=True)
    passed = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


LessonAttemptPageSchema = page_schema(LessonAttemptSchema)
