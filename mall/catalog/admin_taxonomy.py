"""Staff's routes to categories and brands. Lists are those of the shop window."""

from __future__ import annotations

from typing import Any

from mall.catalog.admin_schemas import BrandInputSchema, CategoryInputSchema, CreatedSchema
from mall.catalog.detail import category_tree, list_brands
from mall.catalog.schemas import BrandPageSchema, CategoryTreeSchema
from mall.catalog.taxonomy import (
    create_brand,
    create_category,
    delete_brand,
    delete_category,
    update_brand,
    update_category,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import PageQuery

blp = Blueprint(
    "catalog_taxonomy_admin", __name__, url_prefix="/admin/api/v1", description="类目与品牌"
)
_CATEGORY = "/categories/<id:category_id>"
_BRAND = "/brands/<id:brand_id>"


@blp.route("/categories", methods=["GET"])
@access.staff("catalog:read")
@blp.response(200, CategoryTreeSchema)
def categories() -> Any:
    """The category tree."""
    return {"items": category_tree(db.session())}


@blp.route("/categories", methods=["POST"])
@access.staff("catalog:write")
@blp.arguments(CategoryInputSchema)
@blp.response(201, CreatedSchema)
@blp.fails("brand_in_use", "brand_name_taken", "category_in_use", "category_name_taken")
@blp.fails("category_not_found", "category_too_deep", "upload_gone")
def add_category(body: dict[str, Any]) -> Any:
    """A new category, at most three levels deep."""
    return {"id": create_category(**body)}


@blp.route(_CATEGORY, methods=["PUT"])
@access.staff("catalog:write")
@blp.arguments(CategoryInputSchema)
@blp.response(204)
@blp.fails("category_not_found", "brand_in_use", "brand_name_taken", "category_cycle")
@blp.fails("category_in_use", "category_name_taken", "category_too_deep", "upload_gone")
def change_category(body: dict[str, Any], category_id: int) -> None:
    """Rename, reorder or move a category with all below it."""
    update_category(category_id, **body)


@blp.route(_CATEGORY, methods=["DELETE"])
@access.staff("catalog:write")
@blp.response(204)
@blp.fails("category_not_found", "brand_in_use", "brand_name_taken", "category_in_use")
@blp.fails("category_name_taken")
def remove_category(category_id: int) -> None:
    """Remove an empty category."""
    delete_category(category_id)


@blp.route("/brands", methods=["GET"])
@access.staff("catalog:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, BrandPageSchema)
def brands(asked: dict[str, Any]) -> Any:
    """The brands."""
    return list_brands(db.session(), asked.get("cursor"), asked["limit"])


@blp.route("/brands", methods=["POST"])
@access.staff("catalog:write")
@blp.arguments(BrandInputSchema)
@blp.response(201, CreatedSchema)
@blp.fails("brand_in_use", "brand_name_taken", "category_in_use", "category_name_taken")
@blp.fails("upload_gone")
def add_brand(body: dict[str, Any]) -> Any:
    """A new brand."""
    return {"id": create_brand(**body)}


@blp.route(_BRAND, methods=["PUT"])
@access.staff("catalog:write")
@blp.arguments(BrandInputSchema)
@blp.response(204)
@blp.fails("brand_not_found", "brand_in_use", "brand_name_taken", "category_in_use")
@blp.fails("category_name_taken", "upload_gone")
def change_brand(body: dict[str, Any], brand_id: int) -> None:
    """Change a brand."""
    update_brand(brand_id, **body)


@blp.route(_BRAND, methods=["DELETE"])
@access.staff("catalog:write")
@blp.response(204)
@blp.fails("brand_not_found", "brand_in_use", "brand_name_taken", "category_in_use")
@blp.fails("category_name_taken")
def remove_brand(brand_id: int) -> None:
    """Remove a brand that no product names."""
    delete_brand(brand_id)
