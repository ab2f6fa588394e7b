"""What staff see and say of the catalogue."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from mall.catalog.costs import cost_fen
from mall.catalog.product_data import ProductData, SkuData
from mall.catalog.schemas import MAX_DETAIL, AttributeSchema, ProductFilterQuery
from mall.kernel.http.addresses import Markup, PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN

STATES = ("on", "off", "scheduled", "archived")
CODE = validate.Regexp(r"[0-9A-Za-z][0-9A-Za-z._-]*\Z", error="只能用字母、数字、.、_、-")


class CategoryInputSchema(Schema):
    parent_id = Id(load_default=None, allow_none=True)
    name = Text(at_least=1, at_most=30, required=True)
    position = whole(0, 1_000_000, load_default=0)
    image = PictureAddress(load_default="")


class BrandInputSchema(Schema):
    name = Text(at_least=1, at_most=60, required=True)
    description = Text(at_most=2000, load_default="")
    image = PictureAddress(load_default="")
    position = whole(0, 1_000_000, load_default=0)


class SkuInputSchema(Schema):
    sku_code = Text(at_least=1, at_most=64, required=True, validate=CODE)
    spec_values = fields.List(
        Text(at_least=1, at_most=100), load_default=list, validate=validate.Length(max=5)
    )
    price_fen = whole(1, MAX_FEN, required=True)
    list_price_fen = whole(1, MAX_FEN, load_default=None, allow_none=True)
    cost_fen = cost_fen()
    weight_g = whole(0, 1_000_000, load_default=0)
    volume_cm3 = whole(0, 100_000_000, load_default=0)
    image = PictureAddress(load_default="")
    enabled = StrictBoolean(load_default=True)


class ProductInputSchema(Schema):
    """A whole product. A SKU that is left out of a later one is disabled."""

    spu_code = Text(at_least=1, at_most=64, required=True, validate=CODE)
    name = Text(at_least=1, at_most=100, required=True)
    brief = Text(at_most=200, load_default="")
    category_id = Id(required=True)
    brand_id = Id(load_default=None, allow_none=True)
    unit = Text(at_least=1, at_most=10, load_default="件")
    main_image = PictureAddress(load_default="")
    gallery = fields.List(PictureAddress(), load_default=list, validate=validate.Length(max=20))
    detail_html = Markup(at_most=MAX_DETAIL, load_default="")
    spec_names = fields.List(
        Text(at_least=1, at_most=30), load_default=list, validate=validate.Length(max=5)
    )
    attributes = fields.List(
        fields.Nested(AttributeSchema), load_default=list, validate=validate.Length(max=100)
    )
    is_new = StrictBoolean(load_default=False)
    is_hot = StrictBoolean(load_default=False)
    skus = fields.List(
        fields.Nested(SkuInputSchema), required=True, validate=validate.Length(min=1, max=200)
    )


def product_data_of(body: dict[str, Any]) -> ProductData:
    """A loaded ProductInputSchema as the commands take it."""
    skus = [SkuData(**sku) for sku in body["skus"]]
    return ProductData(**{**body, "skus": skus})


class ShelfSchema(Schema):
    """On or off the shelf; the times, where given, bound it. Off is at once."""

    on_shelf = StrictBoolean(required=True)
    shelf_on_at = Moment(load_default=None, allow_none=True)
    shelf_off_at = Moment(ends=True, load_default=None, allow_none=True)


class StaffProductQuery(ProductFilterQuery):
    state = fields.String(validate=validate.OneOf(STATES))
    q = Text(at_least=1, at_most=60, metadata={"description": "in the name or the codes"})


class StaffProductCardSchema(Schema):
    id = Id(required=True)
    spu_code = fields.String(required=True)
    name = fields.String(required=True)
    category_id = Id(required=True)
    brand_id = Id(required=True, allow_none=True)
    main_image = PictureAddress(required=True)
    min_price_fen = fields.Integer(required=True, allow_none=True)
    max_price_fen = fields.Integer(required=True, allow_none=True)
    is_new = fields.Boolean(required=True)
    is_hot = fields.Boolean(required=True)
    sold_count = fields.Integer(required=True)
    on_shelf = fields.Boolean(required=True)
    shelf_on_at = fields.AwareDateTime(required=True, allow_none=True)
    shelf_off_at = fields.AwareDateTime(required=True, allow_none=True)
    archived_at = fields.AwareDateTime(required=True, allow_none=True)
    on_sale = fields.Boolean(
        required=True, metadata={"description": "what shoppers see at this moment"}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


StaffProductPageSchema = page_schema(StaffProductCardSchema)


class StaffSkuSchema(SkuInputSchema):
    id = Id(required=True)


class StaffProductSchema(StaffProductCardSchema):
    """A product with everything, its disabled SKUs too."""

    brief = fields.String(required=True)
    unit = fields.String(required=True)
    gallery = fields.List(PictureAddress(), required=True)
    detail_html = Markup(at_most=MAX_DETAIL, required=True)
    spec_names = fields.List(fields.String(), required=True)
    attributes = fields.List(fields.Nested(AttributeSchema), required=True)
    skus = fields.List(fields.Nested(StaffSkuSchema), required=True)


class CreatedSchema(Schema):
    id = Id(required=True)


class LinkInputSchema(Schema):
    expire_days = whole(1, 30, load_default=30)


class LinkSchema(Schema):
    url_link = fields.String(required=True)
