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


class RecheckSchema(Schema):
    """What today's rules say of a running campaign beyond its verdict."""

    id = Id(required=True)
    kind = fields.String(required=True)
    ref = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    result = fields.String(required=True, validate=validate.OneOf((WARNED, REFUSED)))
    findings = fields.List(fields.Nested(ComplianceFindingSchema), required=True)
    created_at = fields.AwareDateTime(required=True)
    accepted_at = fields.AwareDateTime(required=True, allow_none=True)
    staff = fields.String(
        required=True, allow_none=True, metadata={"description": "who accepted it"}
    )


class RecheckQuery(PageQuery):
    accepted = fields.Boolean(load_default=None, allow_none=True)


RecheckPageSchema = page_schema(RecheckSchema)


class RecheckedSchema(Schema):
    checked = fields.Integer(required=True, metadata={"description": "campaigns that aren't over"})
    warned = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class ComplianceRuleSchema(Schema):
    code = fields.String(required=True)
    source = fields.String(required=True)
    about = fields.String(required=True, metadata={"description": "Wording, ReducedPrice, …"})


class ComplianceRuleListSchema(Schema):
    items = fields.List(fields.Nested(ComplianceRuleSchema), required=True)
