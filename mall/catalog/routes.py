"""The shop window: everything here is public."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.catalog.cached_responses import cached_response
from mall.catalog.card_extras import with_extras
from mall.catalog.codes import product_code
from mall.catalog.detail import category_tree, list_brands, product_detail
from mall.catalog.hot_words import count_search, hot_words
from mall.catalog.listing import ProductFilter, list_products
from mall.catalog.schemas import (
    BrandPageSchema,
    CategoryTreeSchema,
    ProductDetailSchema,
    ProductListQuery,
    ProductPageSchema,
    ProductSearchQuery,
    SuggestionQuery,
    WordsSchema,
)
from mall.catalog.search import search_products, suggest
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import PageQuery
from mall.kernel.http.schemas import QuerySchema

blp = Blueprint("catalog", __name__, url_prefix="/api/v1", description="商品")

_LIST_QUERY, _PAGE_QUERY, _NO_QUERY = ProductListQuery(), PageQuery(), QuerySchema()
_LIST, _DETAIL = ProductPageSchema(), ProductDetailSchema()
_TREE, _BRANDS = CategoryTreeSchema(), BrandPageSchema()
_MANY = ("cursor", "min_price_fen", "max_price_fen")
_PRODUCT = "/products/<id:product_id>"


@blp.route("/products", methods=["GET"])
@access.public
@blp.query_doc(ProductListQuery)
@blp.response(200, ProductPageSchema)
@blp.fails("category_not_found")
def products() -> Response:
    """Products on the shelf, by filter and order."""

    def build(asked: dict[str, Any]) -> Any:
        wanted = filter_of(asked)
        found = list_products(
            db.session(), wanted, asked["sort"], asked.get("cursor"), asked["limit"]
        )
        return with_extras(db.session(), found)

    return cached_response("products", _LIST_QUERY, build, _LIST, skip=_MANY)


@blp.route(_PRODUCT, methods=["GET"])
@access.public
@blp.response(200, ProductDetailSchema)
@blp.fails("product_not_found", "validation_failed")
def product(product_id: int) -> Response:
    """One product on the shelf, with everything that its page shows."""
    return cached_response(
        f"product:{product_id}",
        _NO_QUERY,
        lambda _: product_detail(db.session(), product_id),
        _DETAIL,
    )


@blp.route("/products/search", methods=["GET"])
@access.public
@blp.arguments(ProductSearchQuery, location="query")
@blp.response(200, ProductPageSchema)
@blp.fails("category_not_found")
def search(asked: dict[str, Any]) -> Any:
    """Products that have the words of `q`, a word in the name before one in the text."""
    found = search_products(
        db.session(),
        asked["q"],
        filter_of(asked),
        sort=asked["sort"],
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )
    if found.exact and "cursor" not in asked:
        count_search(found.words)
    return with_extras(db.session(), found.page)


@blp.route("/search/suggestions", methods=["GET"])
@access.public
@blp.arguments(SuggestionQuery, location="query")
@blp.response(200, WordsSchema)
def suggestions(asked: dict[str, Any]) -> Any:
    """What the shopper may mean while typing: words that many search for, product names."""
    words = hot_words(prefix=asked["q"].lower(), limit=3)
    names = suggest(db.session(), asked["q"])
    return {"items": list(dict.fromkeys([*words, *names]))[:10]}


@blp.route("/search/hot-words", methods=["GET"])
@access.public
@blp.response(200, WordsSchema)
def popular_words() -> Any:
    """What many search for lately."""
    return {"items": hot_words()}


@blp.route("/categories", methods=["GET"])
@access.public
@blp.response(200, CategoryTreeSchema)
@blp.fails("validation_failed")
def categories() -> Response:
    """The category tree."""
    return cached_response(
        "categories", _NO_QUERY, lambda _: {"items": category_tree(db.session())}, _TREE
    )


@blp.route("/brands", methods=["GET"])
@access.public
@blp.query_doc(PageQuery)
@blp.response(200, BrandPageSchema)
def brands() -> Response:
    """The brands."""

    def build(asked: dict[str, Any]) -> Any:
        return list_brands(db.session(), asked.get("cursor"), asked["limit"])

    return cached_response("brands", _PAGE_QUERY, build, _BRANDS, skip=("cursor",))


@blp.route(f"{_PRODUCT}/wxacode", methods=["GET"])
@access.public
@blp.response(
    200, {"type": "string", "format": "binary"}, content_type="image/jpeg", description="JPEG"
)
@blp.fails("product_not_found", "wechat_unavailable")
def wxacode(product_id: int) -> Response:
    """The product's mini-program code, for posters."""
    image = product_code(product_id)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(image, headers=headers, content_type="image/jpeg")


def filter_of(asked: dict[str, Any]) -> ProductFilter:
    """The filter part of a parsed query."""
    names = ("category_id", "brand_id", "min_price_fen", "max_price_fen", "new", "hot")
    return ProductFilter(**{name: asked.get(name) for name in names})
