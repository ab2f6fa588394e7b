"""What shoppers see of the catalogue and may ask of it."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.catalog.listing import ORDERS
from mall.kernel.http.addresses import Markup, PictureAddress
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema, Text
from mall.kernel.money import MAX_FEN

MAX_QUERY = 60
MAX_DETAIL = 200_000


class QueryFlag(fields.Boolean):
    """`1`, `0`, `true` or `false` in a query string."""

    truthy = {"1", "true"}  # noqa: RUF012
    falsy = {"0", "false"}  # noqa: RUF012


class ProductFilterQuery(PageQuery):
    """How a list of products may be narrowed. Prices are those shown on the list, in fen."""

    category_id = Id(metadata={"description": "with the categories below it"})
    brand_id = Id()
    min_price_fen = QueryInteger(at_least=0, at_most=MAX_FEN)
    max_price_fen = QueryInteger(at_least=0, at_most=MAX_FEN)
    new = QueryFlag()
    hot = QueryFlag()


class ProductListQuery(ProductFilterQuery):
    sort = fields.String(load_default="newest", validate=validate.OneOf(list(ORDERS)))


class ProductSearchQuery(ProductFilterQuery):
    q = Text(at_least=1, at_most=MAX_QUERY, required=True)
    sort = fields.String(
        load_default=None,
        validate=validate.OneOf(list(ORDERS)),
        metadata={"description": "instead of the best match first"},
    )


class SuggestionQuery(QuerySchema):
    q = Text(at_least=1, at_most=MAX_QUERY, required=True)


def extras() -> fields.Dict:
    """What features add to a product, by their names: `rating` is `{count, average_tenths}`."""
    return fields.Dict(
        keys=fields.String(),
        values=fields.Raw(allow_none=True),
        required=True,
        metadata={"description": "by the name of the feature's extra, such as `rating`"},
    )


class ProductCardSchema(Schema):
    """A product in a list. `price_fen` is that of its cheapest SKU."""

    id = Id(required=True)
    name = fields.String(required=True)
    brief = fields.String(required=True)
    image = PictureAddress(required=True)
    unit = fields.String(required=True)
    price_fen = fields.Integer(required=True)
    max_price_fen = fields.Integer(required=True)
    list_price_fen = fields.Integer(required=True, allow_none=True)
    category_id = Id(required=True)
    brand_id = Id(required=True, allow_none=True)
    is_new = fields.Boolean(required=True)
    is_hot = fields.Boolean(required=True)
    sold_count = fields.Integer(required=True)
    extras = extras()


ProductPageSchema = page_schema(ProductCardSchema)


class SpecSchema(Schema):
    name = fields.String(required=True)
    values = fields.List(fields.String(), required=True)


class SkuSchema(Schema):
    """What can be bought: one value for each of the product's specs, in their order."""

    id = Id(required=True)
    sku_code = fields.String(required=True)
    spec_values = fields.List(fields.String(), required=True)
    price_fen = fields.Integer(required=True)
    list_price_fen = fields.Integer(
        required=True, allow_none=True, metadata={"description": "only where above the price"}
    )
    weight_g = fields.Integer(required=True)
    image = PictureAddress(required=True)


class AttributeSchema(Schema):
    name = Text(at_least=1, at_most=50, required=True)
    value = Text(at_least=1, at_most=1000, required=True)


class BrandRefSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    image = PictureAddress(required=True)


class ProductDetailSchema(Schema):
    """A product's page. `detail_html` has no scripts, styles or handlers."""

    id = Id(attribute="spu.id", required=True)
    name = fields.String(attribute="spu.name", required=True)
    brief = fields.String(attribute="spu.brief", required=True)
    unit = fields.String(attribute="spu.unit", required=True)
    category_id = Id(attribute="spu.category_id", required=True)
    brand = fields.Nested(BrandRefSchema, required=True, allow_none=True)
    main_image = PictureAddress(attribute="spu.main_image", required=True)
    gallery = fields.List(PictureAddress(), attribute="spu.gallery", required=True)
    detail_html = Markup(at_most=MAX_DETAIL, attribute="spu.detail_html", required=True)
    attributes = fields.List(
        fields.Nested(AttributeSchema), attribute="spu.attributes", required=True
    )
    specs = fields.List(fields.Nested(SpecSchema), required=True)
    skus = fields.List(fields.Nested(SkuSchema), required=True)
    price_fen = fields.Integer(attribute="spu.min_price_fen", required=True)
    max_price_fen = fields.Integer(attribute="spu.max_price_fen", required=True)
    is_new = fields.Boolean(attribute="spu.is_new", required=True)
    is_hot = fields.Boolean(attribute="spu.is_hot", required=True)
    sold_count = fields.Integer(attribute="spu.sold_count", required=True)
    extras = extras()


class CategorySchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    image = PictureAddress(required=True)
    level = fields.Integer(required=True)
    position = fields.Integer(required=True)
    children = fields.List(fields.Nested("CategorySchema"), required=True)


class CategoryTreeSchema(Schema):
    items = fields.List(fields.Nested(CategorySchema), required=True)


class BrandSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    image = PictureAddress(required=True)
    lowest_price_fen = fields.Integer(required=True, allow_none=True)


BrandPageSchema = page_schema(BrandSchema)


class WordsSchema(Schema):
    items = fields.List(fields.String(), required=True)
