"""Shapes of approvals."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.approvals.models import STATES
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text


class ApprovalSchema(Schema):
    """A request and its decision. `requested_by` is null for a request of the system."""

    id = Id(required=True)
    kind = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "the kind, in Chinese"})
    ref = fields.String(required=True, metadata={"description": "what it is about"})
    asked = fields.String(required=True, metadata={"description": "what is asked for, in Chinese"})
    payload = fields.Dict(keys=fields.String(), required=True)
    reason = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    requested_by = fields.String(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True, allow_none=True)
    result = fields.String(
        required=True, allow_none=True, metadata={"description": "e.g. the refund's number"}
    )
    may_decide = fields.Boolean(required=True)
    may_withdraw = fields.Boolean(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class ApprovalQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATES))
    kind = Text(at_most=60)
    ref = Text(at_most=60)
    mine = fields.Boolean(metadata={"description": "asked for by oneself"})


ApprovalPageSchema = page_schema(ApprovalSchema)


class DecisionSchema(Schema):
    approve = StrictBoolean(required=True)
    comment = Text(at_most=200, load_default="")


class ApprovalAskedSchema(Schema):
    """The answer of a route whose effect waits for another staff member (202)."""

    approval_id = Id(required=True)
