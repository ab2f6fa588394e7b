"""Shapes of browsing."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.missions.browsing.tokens import MAX_LENGTH

MAX_BEATS = 100_000


class BegunViewSchema(Schema):
    token = fields.String(required=True, metadata={"description": "goes with each beat"})
    beat_every_s = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(required=True)
    counted_today_s = fields.Integer(required=True)
    day_limit_s = fields.Integer(required=True, metadata={"description": "counted in a day"})


class BeatInSchema(Schema):
    token = Text(at_least=1, at_most=MAX_LENGTH, required=True)
    beat = whole(1, MAX_BEATS, required=True, metadata={"description": "1, 2, 3 …"})
    last = StrictBoolean(load_default=False, metadata={"description": "the page is left"})


class CountedViewSchema(Schema):
    counted_s = fields.Integer(required=True, metadata={"description": "of this look at the page"})
    counted_today_s = fields.Integer(required=True, metadata={"description": "of all pages"})
    day_limit_s = fields.Integer(required=True)


class ViewSessionQuery(PageQuery):
    user_id = Id(required=True)


class ViewSessionSchema(Schema):
    id = Id(required=True)
    day = fields.Date(required=True)
    page_kind = fields.String(required=True)
    page_id = Id(required=True)
    counted_s = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True)


ViewSessionPageSchema = page_schema(ViewSessionSchema)
