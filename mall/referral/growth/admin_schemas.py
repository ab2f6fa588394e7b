"""Shapes of growth rules for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.campaigns import LEVEL, STANDING
from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.money import MAX_FEN

MAX_FIGURES, MAX_LESSONS, MAX_VERSION = 10, 10, 1_000_000
OPENS = (STANDING, LEVEL)


class FigureThresholdSchema(Schema):
    """A figure of the shopper that must reach a number. Shoppers read the label."""

    figure = Text(at_least=1, at_most=60, required=True)
    label = Text(at_least=1, at_most=20, required=True)
    at_least = whole(1, MAX_FEN, required=True)


class GrowthRuleTermsSchema(ReviewedInput):
    name = Text(at_least=1, at_most=30, required=True)
    opens = fields.String(
        required=True,
        validate=validate.OneOf(OPENS),
        metadata={"description": "`standing`: being a promoter; `level`: a higher level"},
    )
    level_id = Id(load_default=None, allow_none=True)
    figures = fields.List(
        fields.Nested(FigureThresholdSchema),
        load_default=list,
        validate=validate.Length(max=MAX_FIGURES),
    )
    lesson_ids = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=MAX_LESSONS),
        metadata={"description": "lessons that must be passed"},
    )

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if (data["opens"] == LEVEL) != (data["level_id"] is not None):
            raise ma.ValidationError("开通等级的规则须指定等级，开通资格的规则不指定", "level_id")
        figures = [one["figure"] for one in data["figures"]]
        if not figures and not data["lesson_ids"]:
            raise ma.ValidationError("请至少填写一项指标或课程", "figures")
        if len(set(figures)) != len(figures):
            raise ma.ValidationError("指标重复", "figures")
        if len(set(data["lesson_ids"])) != len(data["lesson_ids"]):
            raise ma.ValidationError("课程重复", "lesson_ids")


class GrowthRuleInput(GrowthRuleTermsSchema):
    enabled = StrictBoolean(load_default=True)


class GrowthRuleChangeInput(GrowthRuleTermsSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class GrowthRuleEnabledInput(Schema):
    enabled = StrictBoolean(required=True)


class GrowthRuleSchema(Schema):
    id = Id(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    opens = fields.String(required=True, validate=validate.OneOf(OPENS))
    level_id = Id(required=True, allow_none=True)
    figures = fields.List(fields.Nested(FigureThresholdSchema), required=True)
    lesson_ids = fields.List(Id(), required=True)
    enabled = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class GrowthFigureSchema(Schema):
    name = fields.String(required=True)
    takes_buying = fields.Boolean(
        required=True, metadata={"description": "nobody raises it without buying"}
    )


class GrowthRulesSchema(Schema):
    items = fields.List(fields.Nested(GrowthRuleSchema), required=True)
    figures = fields.List(
        fields.Nested(GrowthFigureSchema),
        required=True,
        metadata={"description": "what rules can ask for"},
    )
