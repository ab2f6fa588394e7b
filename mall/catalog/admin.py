"""Staff's routes to products."""

from __future__ import annotations

from typing import Any

from mall.catalog.admin_schemas import (
    CreatedSchema,
    LinkInputSchema,
    LinkSchema,
    ProductInputSchema,
    ShelfSchema,
    StaffProductPageSchema,
    StaffProductQuery,
    StaffProductSchema,
    product_data_of,
)
from mall.catalog.codes import product_link
from mall.catalog.products import archive_product, create_product, set_shelf, update_product
from mall.catalog.routes import filter_of
from mall.catalog.staff_queries import staff_product, staff_products
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint

blp = Blueprint("catalog_admin", __name__, url_prefix="/admin/api/v1", description="商品管理")
_PRODUCT = "/products/<id:product_id>"


@blp.route("/products", methods=["GET"])
@access.staff("catalog:read")
@blp.arguments(StaffProductQuery, location="query")
@blp.response(200, StaffProductPageSchema)
@blp.fails("category_not_found")
def products(asked: dict[str, Any]) -> Any:
    """Products on and off the shelf, the newest first."""
    return staff_products(
        db.session(),
        filter_of(asked),
        state=asked.get("state"),
        text=asked.get("q"),
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )


@blp.route("/products", methods=["POST"])
@access.staff("catalog:write")
@blp.arguments(ProductInputSchema)
@blp.response(201, CreatedSchema)
@blp.fails("sku_code_taken", "spu_code_taken", "brand_not_found", "category_not_found")
@blp.fails("shelf_times_invalid", "spec_values_repeated", "specs_mismatch", "upload_gone")
def create(body: dict[str, Any]) -> Any:
    """A new product with its SKUs, off the shelf."""
    return {"id": create_product(product_data_of(body))}


@blp.route(_PRODUCT, methods=["GET"])
@access.staff("catalog:read")
@blp.response(200, StaffProductSchema)
@blp.fails("product_not_found")
def product(product_id: int) -> Any:
    """One product with all its SKUs."""
    return staff_product(db.session(), product_id)


@blp.route(_PRODUCT, methods=["PUT"])
@access.staff("catalog:write")
@blp.arguments(ProductInputSchema)
@blp.response(200, StaffProductSchema)
@blp.fails("brand_not_found", "category_not_found", "product_not_found", "sku_code_taken")
@blp.fails("spu_code_taken", "shelf_times_invalid", "spec_values_repeated", "specs_mismatch")
@blp.fails("upload_gone")
def replace(body: dict[str, Any], product_id: int) -> Any:
    """Replace a product; a SKU that the body leaves out is disabled."""
    update_product(product_id, product_data_of(body))
    return staff_product(db.session(), product_id)


@blp.route(_PRODUCT, methods=["DELETE"])
@access.staff("catalog:write")
@blp.response(204)
@blp.fails("product_not_found")
def archive(product_id: int) -> None:
    """Take a product away for good; orders keep what they know of it."""
    archive_product(product_id)


@blp.route(f"{_PRODUCT}/shelf", methods=["PUT"])
@access.staff("catalog:write")
@blp.arguments(ShelfSchema)
@blp.response(200, StaffProductSchema)
@blp.fails("brand_not_found", "category_not_found", "product_not_found", "shelf_times_invalid")
@blp.fails("sku_code_taken", "spec_values_repeated", "spu_code_taken")
def shelf(body: dict[str, Any], product_id: int) -> Any:
    """Put a product on the shelf or take it off, now or at a time."""
    set_shelf(product_id, **body)
    return staff_product(db.session(), product_id)


@blp.route(f"{_PRODUCT}/link", methods=["POST"])
@access.staff("link:write")
@blp.arguments(LinkInputSchema)
@blp.response(201, LinkSchema)
@blp.fails("wechat_unavailable", "product_not_found")
def link(body: dict[str, Any], product_id: int) -> Any:
    """A link that opens the product from outside WeChat."""
    return {"url_link": product_link(product_id, body["expire_days"])}
