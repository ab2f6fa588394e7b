"""Shapes of messages."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery
from mall.kernel.http.schemas import Id, Schema, Text

STATUSES = ("pending", "sending", "sent", "no_grant", "refused", "failed", "unknown")
ANSWERS = ("accept", "acceptWithAudio", "acceptWithAlert", "reject", "ban", "filter")


class TemplateSchema(Schema):
    """A template to ask the shopper for, and how many messages of it are allowed."""

    kind = fields.String(required=True, metadata={"description": "order_shipped"})
    template_id = fields.String(required=True)
    remaining = fields.Integer(required=True)


class TemplateListSchema(Schema):
    items = fields.List(fields.Nested(TemplateSchema), required=True)


class AnswersInput(Schema):
    """What wx.requestSubscribeMessage answered, without `errMsg`."""

    results = fields.Dict(
        keys=Text(at_least=1, at_most=64),
        values=fields.String(validate=validate.OneOf(ANSWERS)),
        required=True,
        validate=validate.Length(min=1, max=3),
        metadata={"description": "template id → answer"},
    )


class MessageQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))


class MessageSchema(Schema):
    """One subscribe message."""

    id = Id(required=True)
    kind = fields.String(required=True)
    ref = fields.String(required=True, metadata={"description": "what it is about: order_no"})
    user_id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    error_code = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
