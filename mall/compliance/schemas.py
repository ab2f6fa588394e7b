"""Shapes of verdicts."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.compliance.objections import REFUSE, WARN
from mall.compliance.rules import PASSED, REFUSED, WARNED
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text

RESULTS = (PASSED, WARNED, REFUSED)


class ReviewedInput(Schema):
    """Mix-in of what staff save as a campaign."""

    accept_warnings = StrictBoolean(
        load_default=False,
        metadata={"description": "save it although the rules of compliance warn"},
    )


class ComplianceFindingSchema(Schema):
    rule = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf((WARN, REFUSE)))
    message = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "law or rule, and article"})


class VerdictSchema(Schema):
    """What the rules said of one saved version of a campaign."""

    id = Id(required=True)
    kind = fields.String(required=True)
    ref = fields.String(required=True)
    version = fields.Integer(required=True)
    result = fields.String(required=True, validate=validate.OneOf(RESULTS))
    findings = fields.List(fields.Nested(ComplianceFindingSchema), required=True)
    rules = fields.List(
        fields.String(), required=True, metadata={"description": "those that were asked"}
    )
    snapshot = fields.Dict(keys=fields.String(), required=True)
    staff = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class VerdictQuery(PageQuery):
    kind = Text(at_most=60)
    ref = Text(at_most=60)
    result = fields.String(validate=validate.OneOf(RESULTS))


VerdictPageSchema = page_schema(VerdictSchema)
