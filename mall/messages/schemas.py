"""Shapes of messages."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text
from mall.messages.kinds import Purpose
from mall.messages.models import STATUSES

PURPOSES = tuple(purpose.value for purpose in Purpose)
ANSWERS = ("accept", "acceptWithAudio", "acceptWithAlert", "reject", "ban", "filter")


class TemplateSchema(Schema):
    """A template to ask the shopper for, and how many messages of it are allowed.

    `kind` is the most important one that uses it.
    """

    kind = fields.String(required=True, metadata={"description": "order_shipped"})
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
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
    purpose = fields.String(validate=validate.OneOf(PURPOSES))
    kind = Text(at_least=1, at_most=64)
    user_id = Id()


class MessageSchema(Schema):
    """One subscribe message."""

    id = Id(required=True)
    kind = fields.String(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    ref = fields.String(required=True, metadata={"description": "what it is about: order_no"})
    user_id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    not_before = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "until when it waits"}
    )
    good_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "of no use after"}
    )
    error_code = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)


class PreferencesSchema(Schema):
    """What a shopper wants to be told of."""

    marketing = StrictBoolean(
        required=True, metadata={"description": "false: no marketing messages, from now on"}
    )


class InboxMessageSchema(Schema):
    """A message to read in the mini-program."""

    id = Id(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    page = fields.String(
        required=True, allow_none=True, metadata={"description": "what it opens; null for nothing"}
    )
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


InboxPageSchema = page_schema(InboxMessageSchema)


class BadgeSchema(Schema):
    unread = fields.Integer(required=True)


class ReadAllInput(Schema):
    """What the shopper has seen."""

    up_to = Id(required=True, metadata={"description": "id of the newest message that was shown"})
