"""Shapes of birthdays."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.schemas import Id, QuerySchema, Schema

MONTH_DAY = validate.Regexp(r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z", error="格式为 MM-DD")


class BirthdaySchema(Schema):
    month_day = fields.String(required=True, validate=MONTH_DAY)


class BirthdayQuery(QuerySchema):
    month_day = fields.String(required=True, validate=MONTH_DAY)


class StaffBirthdaySchema(BirthdaySchema):
    user_id = Id(required=True)


class StaffBirthdaysSchema(Schema):
    items = fields.List(fields.Nested(StaffBirthdaySchema), required=True)
