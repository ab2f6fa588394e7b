"""Shapes of sheets of points."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.points.sheets.models import KINDS, LINE_STATUSES, STATUSES


class PointsSheetSchema(Schema):
    """A sheet, what its dry run found, and how far it has been given."""

    id = Id(required=True)
    key = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    reason = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    lines = fields.Integer(required=True)
    faulty_lines = fields.Integer(required=True)
    already_lines = fields.Integer(
        required=True, metadata={"description": "another sheet has given these references"}
    )
    points = fields.Integer(required=True, metadata={"description": "to be given in all"})
    given_lines = fields.Integer(required=True)
    given_points = fields.Integer(required=True)
    refused_lines = fields.Integer(
        required=True, metadata={"description": "closed accounts, days that are over"}
    )
    checked_by = Id(required=True)
    started_by = Id(required=True, allow_none=True)
    approval_id = Id(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class PointsSheetLineSchema(Schema):
    line = fields.Integer(required=True, metadata={"description": "of the sheet"})
    user_id = Id(required=True, allow_none=True)
    points = fields.Integer(required=True, allow_none=True)
    expires_on = fields.Date(required=True, allow_none=True)
    lasts = fields.Boolean(required=True, metadata={"description": "never expires"})
    reference = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(LINE_STATUSES))
    reason = fields.String(required=True, metadata={"description": "why faulty or refused"})
    entry_id = Id(required=True, allow_none=True)


class CheckedSheetSchema(Schema):
    """The answer of the dry run, with the first faults; all lines are in the report."""

    sheet = fields.Nested(PointsSheetSchema, required=True)
    faults = fields.List(fields.Nested(PointsSheetLineSchema), required=True)
    same_content_as = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the key of another sheet with the very same content"},
    )


PointsSheetPageSchema = page_schema(PointsSheetSchema)
PointsSheetLinePageSchema = page_schema(PointsSheetLineSchema)


class PointsSheetLineQuery(PageQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(LINE_STATUSES))
