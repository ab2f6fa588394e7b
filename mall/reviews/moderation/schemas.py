"""Shapes of moderation."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.reviews.moderation.contents import APPROVED, HIDDEN, PENDING, REFUSED, WITHDRAWN
from mall.reviews.moderation.findings import FINDINGS
from mall.reviews.moderation.legal_reasons import LEGAL_REASONS
from mall.reviews.moderation.reporting import REASONS
from mall.reviews.moderation.staff_decisions import DECISIONS, OUTCOMES, Decision, Seen

MAX_REASON, MAX_OBJECTION, MAX_NOTE, MAX_WORD, MAX_AT_ONCE, MAX_KIND = 200, 500, 200, 30, 200, 40
STATUSES = (PENDING, APPROVED, REFUSED, HIDDEN, WITHDRAWN)
SUGGESTIONS = ("review", "risky")


class ContentFindingSchema(Schema):
    """What a check found. `detail` is a word, WeChat's label, or the id of a like content."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    detail = fields.String(required=True)


class ContentSchema(Schema):
    """A content for staff. `manual`: somebody must decide on it."""

    id = Id(required=True)
    kind = fields.String(required=True)
    kind_label = fields.String(required=True)
    ref = Id(required=True)
    user_id = Id(required=True, allow_none=True)
    version = fields.Integer(required=True)
    text = fields.String(required=True)
    pictures = fields.List(fields.String(), required=True)
    video = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    manual = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(ContentFindingSchema), required=True)
    reason = fields.String(required=True, allow_none=True)
    legal_reason = fields.String(required=True, allow_none=True)
    objection = fields.String(required=True, allow_none=True)
    objected_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_by = Id(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
    report_count = fields.Integer(required=True)


ContentPageSchema = page_schema(ContentSchema)


class CheckSchema(Schema):
    """One check of the present version; `part` is `own`, `text` or a picture."""

    part = fields.String(required=True)
    status = fields.String(required=True)
    findings = fields.List(fields.Nested(ContentFindingSchema), required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class ContentReportSchema(Schema):
    """What a shopper reported; who did isn't shown."""

    reason = fields.String(required=True, validate=validate.OneOf(tuple(REASONS)))
    note = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class ContentDetailSchema(ContentSchema):
    """A content with its checks and reports."""

    checks = fields.List(fields.Nested(CheckSchema), required=True)
    reports = fields.List(fields.Nested(ContentReportSchema), required=True)


class ContentQuery(PageQuery):
    waiting = fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False)
    objected = fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False)
    kind = Text(at_most=MAX_KIND)
    status = fields.String(validate=validate.OneOf(STATUSES))
    finding = fields.String(validate=validate.OneOf(tuple(FINDINGS)))
    user_id = Id()


class SeenInput(Schema):
    content_id = Id(required=True)
    version = fields.Integer(strict=True, required=True, validate=validate.Range(1, 32767))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class ContentDecisionsInput(Schema):
    """One decision on contents as they were seen."""

    items = fields.List(
        fields.Nested(SeenInput), required=True, validate=validate.Length(min=1, max=MAX_AT_ONCE)
    )
    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    reason = Text(at_most=MAX_REASON, load_default="")
    legal_reason = fields.String(
        validate=validate.OneOf(tuple(LEGAL_REASONS)), load_default=None, allow_none=True
    )

    @ma.post_load
    def _made(self, data: dict[str, Any], **_kwargs: Any) -> tuple[list[Seen], Decision]:
        seen = [Seen(**one) for one in data["items"]]
        return seen, Decision(data["decision"], data["reason"], data["legal_reason"])


class ContentDecidedSchema(Schema):
    """`stale`: it was edited, or decided by somebody else, since it was seen."""

    content_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))


class ContentDecidedListSchema(Schema):
    items = fields.List(fields.Nested(ContentDecidedSchema), required=True)


class LegalReasonSchema(Schema):
    code = fields.String(required=True)
    label = fields.String(required=True)
    law = fields.String(required=True)


class LegalReasonListSchema(Schema):
    items = fields.List(fields.Nested(LegalReasonSchema), required=True)


class WordInput(Schema):
    word = Text(at_least=1, at_most=MAX_WORD, required=True)
    suggest = fields.String(required=True, validate=validate.OneOf(SUGGESTIONS))


class WordSchema(WordInput):
    id = Id(required=True)


WordPageSchema = page_schema(WordSchema)


class NamedContent(Schema):
    """Which content: its kind (`review`, for example) and the id of it; a follow-up has that of
    its review."""

    kind = Text(at_least=1, at_most=MAX_KIND, required=True)
    ref = Id(required=True)


class ObjectionInput(NamedContent):
    """Why the decision isn't right."""

    text = Text(at_least=1, at_most=MAX_OBJECTION, required=True)


class ReportInput(NamedContent):
    """What is wrong with it."""

    reason = fields.String(required=True, validate=validate.OneOf(tuple(REASONS)))
    note = Text(at_most=MAX_NOTE, load_default="")
