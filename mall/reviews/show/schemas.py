"""Shapes of the buyer show."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from mall.kernel.http.paging import MAX_PAGE, PageQuery, page_schema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, StrictBoolean, Text, whole
from mall.reviews.show.queries import SORTS
from mall.reviews.writing.schemas import ReviewSchema


class ShowColumnSchema(Schema):
    """A column as shoppers see it."""

    id = Id(required=True)
    name = fields.String(required=True)
    category_id = Id(required=True, allow_none=True)
    sort = fields.String(required=True, metadata={"description": "how the column opens"})


class StaffShowColumnSchema(ShowColumnSchema):
    """A column as staff see it."""

    position = fields.Integer(required=True)
    enabled = fields.Boolean(required=True)
    coupon_template_id = Id(required=True, allow_none=True)


class ShowColumnInput(Schema):
    """What staff say of a column. `coupon_template_id`: what writers of featured reviews get."""

    name = Text(at_most=40, required=True)
    category_id = Id(load_default=None, allow_none=True)
    sort = fields.String(load_default="hot", validate=validate.OneOf(SORTS))
    position = whole(0, 10_000, load_default=0)
    enabled = StrictBoolean(load_default=True)
    coupon_template_id = Id(load_default=None, allow_none=True)


class FeaturingInput(Schema):
    """Into which column a review goes."""

    column_id = Id(required=True)


class FeaturedSchema(Schema):
    """The entry of a featured review."""

    id = Id(required=True)


class ShowListQuery(PageQuery):
    """A list of a column; without `sort` as the column opens."""

    sort = fields.String(validate=validate.OneOf(SORTS))


class ShowEntrySchema(Schema):
    """A featured review with how many like and collected it."""

    id = Id(required=True)
    column_id = Id(required=True)
    likes = fields.Integer(required=True)
    collects = fields.Integer(required=True)
    featured_at = fields.AwareDateTime(required=True)
    review = fields.Nested(ReviewSchema, required=True)


class EntryIds(fields.Field[list[int]]):
    """Ids in a query string: "1,2,3", a page of them at most."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[int]:
        parts = str(value).split(",")
        if len(parts) > MAX_PAGE:
            raise self.make_error("validator_failed")
        return sorted({Id().deserialize(part) for part in parts})


class MarksQuery(QuerySchema):
    entry_ids = EntryIds(required=True, metadata={"type": "string", "example": "1,2"})


class MarkSchema(Schema):
    """Whether the shopper likes and has collected an entry."""

    id = Id(required=True)
    liked = fields.Boolean(required=True)
    collected = fields.Boolean(required=True)


class MarksSchema(Schema):
    items = fields.List(fields.Nested(MarkSchema), required=True)


class ShowColumnsSchema(Schema):
    items = fields.List(fields.Nested(ShowColumnSchema), required=True)


class StaffShowColumnsSchema(Schema):
    items = fields.List(fields.Nested(StaffShowColumnSchema), required=True)


class MarkCountSchema(Schema):
    """How many shoppers like, or collected, the entry."""

    count = fields.Integer(required=True)


ShowEntryPageSchema = page_schema(ShowEntrySchema)
