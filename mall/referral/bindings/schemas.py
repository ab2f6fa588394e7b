"""Shapes of bindings."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.referral.bindings.models import REASONS

MAX_REASON = 200


class BindingSchema(Schema):
    """It holds while `ended_at` is empty and `expires_at`, if there is one, has not passed."""

    id = Id(required=True)
    inviter_id = Id(required=True)
    invitee_id = Id(required=True)
    bound_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True, validate=validate.OneOf(REASONS))
    note = fields.String(required=True)
    staff_id = Id(required=True, allow_none=True)


BindingPageSchema = page_schema(BindingSchema)


class BindingQuery(PageQuery):
    inviter_id = Id()
    invitee_id = Id()


class BindingReasonInput(Schema):
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class BindInput(BindingReasonInput):
    invitee_id = Id(required=True)
    inviter_id = Id(required=True)
