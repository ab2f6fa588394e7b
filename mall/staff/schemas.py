"""Shapes of staff administration."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, text_length
from mall.kernel.http.times import Moment
from mall.staff.passwords import LONGEST

USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}", re.ASCII)


def _username(text: str) -> None:
    if not USERNAME.fullmatch(text):
        raise ValidationError("3 至 32 位小写字母、数字或 . _ -，以字母开头")


class Password(fields.String):
    """A password as it was typed: never stripped, never dumped."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=text_length(1, LONGEST), load_only=True, required=True, **kwargs)


class StaffLoginSchema(Schema):
    username = Text(at_least=1, at_most=64, required=True)
    password = Password()


class StaffLoginAnswerSchema(Schema):
    token = fields.String(required=True, metadata={"description": "shown this once"})
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "slides with use"})


class PasswordChangeSchema(Schema):
    current_password = Password()
    new_password = Password(metadata={"description": "at least 10 characters"})


class RoleInSchema(Schema):
    name = Text(at_least=1, at_most=40, required=True)
    permissions = fields.List(
        Text(at_least=1, at_most=60), required=True, validate=validate.Length(max=100)
    )


class RoleSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    permissions = fields.List(fields.String(), required=True)
    built_in = fields.Boolean(required=True)


class StaffInSchema(Schema):
    display_name = Text(at_least=1, at_most=40, required=True)
    role_ids = fields.List(Id(), required=True, validate=validate.Length(max=20))


class NewStaffSchema(StaffInSchema):
    username = Text(at_most=32, required=True, validate=_username)


class StaffChangeSchema(StaffInSchema):
    disabled = StrictBoolean(required=True)


class StaffSchema(Schema):
    id = Id(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    disabled = fields.Boolean(required=True)
    locked_until = fields.AwareDateTime(allow_none=True, required=True)
    created_at = fields.AwareDateTime(required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True)


class NewStaffAnswerSchema(Schema):
    staff = fields.Nested(StaffSchema, required=True)
    password = fields.String(required=True, metadata={"description": "random, shown this once"})


class NewPasswordSchema(Schema):
    password = fields.String(required=True, metadata={"description": "random, shown this once"})


class StaffMeSchema(Schema):
    staff = fields.Nested(StaffSchema, required=True)
    permissions = fields.List(
        fields.String(), required=True, metadata={"description": "`*` is every permission"}
    )


class PermissionSchema(Schema):
    name = fields.String(required=True)
    description = fields.String(required=True)


class PermissionListSchema(Schema):
    items = fields.List(fields.Nested(PermissionSchema), required=True)


class AuditQuerySchema(PageQuery):
    staff_id = Id(load_default=None)
    action = Text(at_most=60, load_default=None)
    target_type = Text(at_most=60, load_default=None)
    target_id = Text(at_most=60, load_default=None)
    request_id = Text(at_most=64, load_default=None)
    since = Moment(load_default=None)
    until = Moment(ends=True, load_default=None)


class AuditEntrySchema(Schema):
    id = Id(required=True)
    staff_id = Id(allow_none=True, required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    target_type = fields.String(required=True)
    target_id = fields.String(required=True)
    before = fields.Dict(allow_none=True, required=True)
    after = fields.Dict(allow_none=True, required=True)
    request_id = fields.String(allow_none=True, required=True)
    created_at = fields.AwareDateTime(required=True)


StaffPageSchema = page_schema(StaffSchema)
RolePageSchema = page_schema(RoleSchema)
AuditPageSchema = page_schema(AuditEntrySchema)
