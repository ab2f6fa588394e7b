"""Shapes of attributions."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.referral.attribution.models import RULES


class AttributionSchema(Schema):
    """`binding_id` is the shopper's binding when they placed the order; `counted`: for missions."""

    order_no = fields.String(required=True)
    user_id = Id(required=True)
    rule = fields.String(required=True, validate=validate.OneOf(RULES))
    inviter_id = Id(required=True, allow_none=True)
    channel_id = Id(required=True, allow_none=True)
    share_id = Id(required=True, allow_none=True)
    binding_id = Id(required=True, allow_none=True)
    first_order = fields.Boolean(required=True)
    counted = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


AttributionPageSchema = page_schema(AttributionSchema)


class AttributionQuery(PageQuery):
    """All that are given must fit."""

    user_id = Id()
    inviter_id = Id()
    channel_id = Id()
    binding_id = Id()
