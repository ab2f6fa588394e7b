"""Shapes of the shop's settings."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.schemas import QueryInteger, QuerySchema, Schema, whole

MAX_VERSION = 2**53


class ChoiceSchema(Schema):
    value = fields.String(required=True)
    label = fields.String(required=True)


class ShapeSchema(Schema):
    """What fits. Which fields are there depends on the type."""

    unit = fields.String(metadata={"description": "whole_number"})
    at_least = fields.Integer(metadata={"description": "whole_number"})
    at_most = fields.Integer(metadata={"description": "whole_number; characters of a text"})
    choices = fields.List(fields.Nested(ChoiceSchema), metadata={"description": "choice"})
    pattern = fields.String(metadata={"description": "text"})
    fields_ = fields.List(
        fields.String(),
        data_key="fields",
        attribute="fields",
        metadata={"description": "message_template: names that its fields may map"},
    )
    placeholders = fields.List(
        fields.String(), metadata={"description": "message_template: allowed in its page"}
    )


class SettingSchema(Schema):
    name = fields.String(required=True)
    type = fields.String(required=True)
    label = fields.String(required=True)
    help = fields.String(required=True)
    shape = fields.Nested(ShapeSchema, required=True)
    permission = fields.String(
        required=True, metadata={"description": "needed beside settings:write"}
    )
    value = fields.Raw(required=True, metadata={"description": "in force"})
    default = fields.Raw(required=True)
    version = fields.Integer(required=True, metadata={"description": "0: the default"})
    changed_at = fields.AwareDateTime(required=True, allow_none=True)
    fits = fields.Boolean(
        required=True,
        metadata={"description": "false: what is stored doesn't fit, the default is in force"},
    )


class SettingListSchema(Schema):
    items = fields.List(fields.Nested(SettingSchema), required=True)


class SettingInSchema(Schema):
    value = fields.Raw(required=True, allow_none=False)
    version = whole(0, MAX_VERSION, required=True, metadata={"description": "that was looked at"})


class SeenVersionSchema(QuerySchema):
    version = QueryInteger(
        at_least=0, at_most=MAX_VERSION, required=True, metadata={"description": "looked at"}
    )
