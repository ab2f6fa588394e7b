"""Shapes of flash sales as staff run them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.flashsale.models import ALL, AUDIENCES, KEEP, KINDS, REFUND, STATES, TIMED
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import MAX_QUANTITY, Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment, ShopDay
from mall.kernel.money import MAX_FEN

MAX_STOCK = 10_000_000
MAX_WARM_UP_S = 86_400
MAX_SPLITS = 64
MAX_POSITION = 1_000_000


class FlashSlotInput(Schema):
    """A time of each shop day. It may run past midnight."""

    name = Text(at_least=1, at_most=30, required=True)
    starts_minute = whole(
        0, 1_439, required=True, metadata={"description": "minutes after midnight: 600 is 10:00"}
    )
    lasts_min = whole(1, 1_440, required=True)
    enabled = StrictBoolean(load_default=True)


class FlashSlotSchema(FlashSlotInput):
    id = Id(required=True)


class FlashSlotListSchema(Schema):
    items = fields.List(fields.Nested(FlashSlotSchema), required=True)


class FlashSessionTerms(Schema):
    name = Text(at_least=1, at_most=30, required=True)
    kind = fields.String(validate=validate.OneOf(KINDS), load_default=TIMED)
    slot_id = Id(allow_none=True, load_default=None)
    starts_at = Moment(allow_none=True, load_default=None)
    ends_at = Moment(ends=True, allow_none=True, load_default=None)
    warm_up_s = whole(
        0,
        MAX_WARM_UP_S,
        load_default=600,
        metadata={"description": "how long ahead of the start a ready session arms itself"},
    )
    limit_per_user = whole(
        1,
        MAX_QUANTITY,
        allow_none=True,
        load_default=None,
        metadata={"description": "units of all its items that a shopper may have"},
    )


class FlashSessionInput(FlashSessionTerms, ReviewedInput):
    """A slot and a day, or a start and an end."""

    day = ShopDay(allow_none=True, load_default=None, metadata={"description": "with a slot"})

    @ma.validates_schema
    def _has_time(self, data: dict[str, Any], **_: Any) -> None:
        if (data["slot_id"] is None) != (data["day"] is None):
            raise ma.ValidationError("时段与日期须一起填写", "day")
        free = data["slot_id"] is None
        for name in ("starts_at", "ends_at"):
            if free != (data[name] is not None):
                raise ma.ValidationError("请填时段与日期，或起止时间", name)
        if free and data["starts_at"] >= data["ends_at"]:
            raise ma.ValidationError("结束时间须晚于开始时间", "ends_at")


class FlashSessionSchema(FlashSessionTerms):
    id = Id(required=True)
    slot_name = fields.String(required=True, allow_none=True)
    starts_at = Moment(required=True)
    ends_at = Moment(ends=True, required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    ready = fields.Boolean(required=True)
    items = fields.Integer(required=True, metadata={"description": "how many"})
    armed_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    settled_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "unsold units are on the shelf"}
    )
    abort_paid = fields.String(required=True, allow_none=True)
    arm_error = fields.String(
        required=True, allow_none=True, metadata={"description": "why it couldn't arm itself"}
    )
    version = fields.Integer(required=True, metadata={"description": "counts what was saved"})
    created_at = fields.AwareDateTime(required=True)


FlashSessionPageSchema = page_schema(FlashSessionSchema)


class FlashSessionQuery(PageQuery):
    state = fields.String(validate=validate.OneOf(STATES))


class FlashCopyInput(ReviewedInput):
    day = ShopDay(required=True)


class FlashReadyInput(Schema):
    ready = StrictBoolean(required=True)


class FlashAbortInput(Schema):
    paid = fields.String(
        required=True,
        validate=validate.OneOf((REFUND, KEEP)),
        metadata={"description": "what becomes of paid orders"},
    )


class FlashItemTerms(Schema):
    sku_id = Id(required=True)
    price_fen = whole(1, MAX_FEN, required=True)
    stock = whole(1, MAX_STOCK, required=True)
    limit_per_user = whole(1, MAX_QUANTITY, load_default=1)
    audience = fields.String(validate=validate.OneOf(AUDIENCES), load_default=ALL)
    splits = whole(
        1,
        MAX_SPLITS,
        load_default=1,
        metadata={"description": "counters in Redis over which a hot item is spread"},
    )
    contents = Text(
        at_most=2_000,
        load_default="",
        metadata={"description": "what a lucky bag may hold, told to shoppers"},
    )
    position = whole(0, MAX_POSITION, load_default=0)


class FlashItemInput(FlashItemTerms, ReviewedInput):
    """All that staff set of an item."""


class FlashItemSchema(FlashItemTerms):
    id = Id(required=True)
    session_id = Id(required=True)
    sku_code = fields.String(required=True)
    name = fields.String(required=True)
    usual_price_fen = fields.Integer(required=True)
    sold = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    left = fields.Integer(required=True)
    sold_out_at = fields.AwareDateTime(required=True, allow_none=True)


class FlashItemListSchema(Schema):
    items = fields.List(fields.Nested(FlashItemSchema), required=True)


class FlashGateSchema(Schema):
    state = fields.String(
        required=True, validate=validate.OneOf(("open", "paused", "closed", "ended", "missing"))
    )
    left = fields.Integer(required=True)
    queued = fields.Integer(required=True)


class FlashItemFiguresSchema(Schema):
    """Units. admitted = queued + ordered + released + failed."""

    item_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True)
    stock = fields.Integer(required=True)
    left = fields.Integer(required=True)
    returned = fields.Integer(required=True, metadata={"description": "given back to the shelf"})
    admitted = fields.Integer(required=True)
    ordered = fields.Integer(required=True, metadata={"description": "orders hold or bought them"})
    paid = fields.Integer(required=True, metadata={"description": "of the ordered"})
    released = fields.Integer(required=True, metadata={"description": "went back, unpaid"})
    failed = fields.Integer(required=True, metadata={"description": "refused after the gate"})
    sold_out_at = fields.AwareDateTime(required=True, allow_none=True)
    gate = fields.Nested(FlashGateSchema, required=True, allow_none=True)


class FlashFiguresSchema(Schema):
    session_id = Id(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    items = fields.List(fields.Nested(FlashItemFiguresSchema), required=True)
