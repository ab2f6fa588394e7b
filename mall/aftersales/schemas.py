"""Shapes of after-sales. Amounts in fen."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.aftersales.reasons import KINDS, REASONS
from mall.aftersales.states import ACTORS, ALL
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import (
    Id,
    Schema,
    StrictBoolean,
    Text,
    fen,
    quantity,
    whole,
)
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN
from mall.orders.quote_schemas import extras
from mall.shipping.schemas import TrackingInput
from mall.uploads.schemas import PictureSchema, VideoSchema, pictures, videos
from mall.users.phone_field import Phone

MAX_VIDEOS = 2
MAX_PICTURES = 9
MAX_LINES = 100
MAX_COMMENT = 500
GOES_BACK = "what goes back beside the money, such as points"


class AfterSaleLineIn(Schema):
    line_id = Id(required=True)
    quantity = quantity(required=True)


def _one_each(lines: list[dict[str, int]]) -> None:
    if len({line["line_id"] for line in lines}) != len(lines):
        raise ma.ValidationError("同一商品行只能出现一次")


def _together(data: dict[str, Any]) -> dict[str, Any]:
    """Pictures and videos are attached and kept as one list; their names tell which is which."""
    videos = data.pop("videos")
    return {**data, "pictures": data["pictures"] + videos}


class AskedIn(Schema):
    """Units of an order, and whether they are sent back."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    lines = fields.List(
        fields.Nested(AfterSaleLineIn),
        required=True,
        validate=[validate.Length(min=1, max=MAX_LINES), _one_each],
    )

    @ma.post_load
    def _by_line(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        units = {line["line_id"]: line["quantity"] for line in data.pop("lines")}
        return {**data, "units": units}


class AfterSaleIn(AskedIn):
    """What a shopper asks for. The amount follows from the units."""

    reason = fields.String(required=True, validate=validate.OneOf(list(REASONS)))
    description = Text(at_most=MAX_COMMENT, load_default="")
    pictures = pictures(MAX_PICTURES)
    videos = videos(MAX_VIDEOS)

    @ma.post_load
    def _as_uploads(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return _together(data)


class ReturnShipmentIn(TrackingInput):
    """The parcel in which the goods go back."""


class ReturnAddressSchema(Schema):
    receiver = Text(required=True, at_least=1, at_most=50)
    phone = Phone(required=True)
    address = Text(required=True, at_least=4, at_most=200)


class CommentIn(Schema):
    comment = Text(data_key="word", required=True, at_least=1, at_most=MAX_COMMENT)


class ApprovalIn(Schema):
    comment = Text(data_key="word", at_most=MAX_COMMENT, load_default="")
    return_address = fields.Nested(
        ReturnAddressSchema,
        load_default=None,
        metadata={"description": "where the goods go; the default address, if absent"},
    )


class OfferIn(ApprovalIn):
    amount_fen = whole(
        1,
        MAX_FEN,
        required=True,
        metadata={"description": "in all, freight included; at most `goods_fen`"},
    )


class ReceiptIn(Schema):
    resellable = StrictBoolean(
        required=True, metadata={"description": "on sale again; else out of the books"}
    )
    comment = Text(data_key="word", at_most=MAX_COMMENT, load_default="")


class AfterSaleLineSchema(Schema):
    line_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    price_fen = fen(required=True)
    quantity = quantity(required=True)
    share_fen = fen(required=True, metadata={"description": "what was paid for these units"})
    amount_fen = fen(required=True, metadata={"description": "what goes back for them"})


class AfterSaleSummarySchema(Schema):
    """An after-sale in a list. `due_at`: until then somebody is to act, or time decides."""

    after_sale_no = fields.String(required=True)
    order_no = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    status = fields.String(required=True, validate=validate.OneOf(ALL))
    reason = fields.String(required=True)
    reason_label = fields.String(required=True)
    goods_fen = fen(required=True)
    freight_fen = fen(required=True, metadata={"description": "freight that goes back with it"})
    offer_fen = fields.Integer(required=True, allow_none=True)
    refund_fen = fields.Integer(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    lines = fields.List(fields.Nested(AfterSaleLineSchema), required=True)


class StepSchema(Schema):
    from_status = fields.String(required=True, allow_none=True)
    to_status = fields.String(required=True)
    actor = fields.String(required=True, validate=validate.OneOf(ACTORS))
    comment = fields.String(data_key="word", required=True)
    created_at = fields.AwareDateTime(required=True)


class DiscountSchema(Schema):
    lane = fields.String(required=True)
    label = fields.String(required=True)
    amount_fen = fields.Integer(required=True)


class ShownAddressSchema(Schema):
    receiver = fields.String(required=True)
    phone = fields.String(required=True)
    address = fields.String(required=True)


class AfterSaleSchema(AfterSaleSummarySchema):
    """An after-sale with all that a shopper may know of it."""

    description = fields.String(required=True)
    pictures = fields.List(fields.Nested(PictureSchema), required=True)
    videos = fields.List(fields.Nested(VideoSchema), required=True)
    discounts = fields.List(
        fields.Nested(DiscountSchema),
        required=True,
        metadata={"description": "why the units cost less than their price"},
    )
    extras = extras(f"{GOES_BACK}; empty once the refund is made")
    return_address = fields.Nested(ShownAddressSchema, required=True, allow_none=True)
    return_carrier = fields.String(required=True, allow_none=True)
    return_tracking_no = fields.String(required=True, allow_none=True)
    refund_no = fields.String(required=True, allow_none=True)
    refund_status = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class AskedLineSchema(Schema):
    line_id = Id(required=True)
    quantity = quantity(required=True)
    share_fen = fen(required=True, metadata={"description": "what was paid for these units"})


class AfterSalePreviewSchema(Schema):
    """What would go back: gifts that come along are among the lines."""

    lines = fields.List(fields.Nested(AskedLineSchema), required=True)
    goods_fen = fen(required=True)
    freight_fen = fen(required=True)
    extras = extras(GOES_BACK)


class StaffAfterSaleSummarySchema(AfterSaleSummarySchema):
    user_id = Id(required=True)
    unsent = fields.Boolean(
        required=True, metadata={"description": "the order can't be shipped meanwhile"}
    )


class StaffAfterSaleSchema(AfterSaleSchema):
    user_id = Id(required=True)
    unsent = fields.Boolean(required=True)
    resellable = fields.Boolean(required=True, allow_none=True)


class AfterSaleQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(ALL))
    order_no = Text(at_most=32)


class StaffAfterSaleQuery(AfterSaleQuery):
    open = fields.Boolean(metadata={"description": "whether somebody is still to act"})
    kind = fields.String(validate=validate.OneOf(list(KINDS)))
    reason = fields.String(validate=validate.OneOf(list(REASONS)))
    user_id = Id()
    created_from = Moment()
    created_to = Moment(ends=True)


AfterSalePageSchema = page_schema(AfterSaleSummarySchema)
StaffAfterSalePageSchema = page_schema(StaffAfterSaleSummarySchema)


class OptionLineSchema(Schema):
    line_id = Id(required=True)
    left = fields.Integer(required=True, metadata={"description": "units not asked back yet"})
    left_fen = fen(required=True, metadata={"description": "what was paid for them"})
    unsent = fields.Integer(required=True, metadata={"description": "of them not sent yet"})


class ReasonSchema(Schema):
    code = fields.String(required=True)
    label = fields.String(required=True)


class OptionsSchema(Schema):
    lines = fields.List(fields.Nested(OptionLineSchema), required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)


class DisputeNoteIn(Schema):
    text = Text(required=True, at_least=1, at_most=1000)
    pictures = pictures(MAX_PICTURES)
    videos = videos(MAX_VIDEOS)

    @ma.post_load
    def _as_uploads(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return _together(data)


class DisputeNoteSchema(Schema):
    id = Id(required=True)
    author = fields.String(required=True, validate=validate.OneOf(["shopper", "staff"]))
    text = fields.String(required=True)
    pictures = fields.List(fields.Nested(PictureSchema), required=True)
    videos = fields.List(fields.Nested(VideoSchema), required=True)
    created_at = fields.AwareDateTime(required=True)


DisputeNotePageSchema = page_schema(DisputeNoteSchema)
