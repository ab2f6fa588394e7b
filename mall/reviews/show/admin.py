"""The buyer show for staff: columns, and what is featured in them."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.reviews.show import featuring
from mall.reviews.show.columns import change_column, columns, create_column
from mall.reviews.show.schemas import (
    FeaturedSchema,
    FeaturingInput,
    ShowColumnInput,
    StaffShowColumnsSchema,
)

blp = Blueprint(
    "buyer_show_admin", __name__, url_prefix="/admin/api/v1", description="买家秀专栏管理"
)
_COLUMNS = "/buyer-show-columns"
_REVIEW = "/reviews/<id:review_id>/featuring"


@blp.route(_COLUMNS, methods=["GET"])
@access.staff("buyer_show:read")
@blp.response(200, StaffShowColumnsSchema)
def list_columns() -> dict[str, Any]:
    """Every column in its order."""
    return {"items": columns(db.session(), only_enabled=False)}


@blp.route(_COLUMNS, methods=["POST"])
@access.staff("buyer_show:write")
@idempotent
@blp.arguments(ShowColumnInput)
@blp.response(201, FeaturedSchema)
@blp.fails("category_not_found", "coupon_template_not_found")
def create(body: dict[str, Any]) -> dict[str, int]:
    """A further column."""
    return {"id": create_column(body)}


@blp.route(f"{_COLUMNS}/<id:column_id>", methods=["PUT"])
@access.staff("buyer_show:write")
@idempotent
@blp.arguments(ShowColumnInput)
@blp.response(204)
@blp.fails("show_column_not_found", "category_not_found", "coupon_template_not_found")
def change(body: dict[str, Any], column_id: int) -> None:
    """Another name, category, sort, place or coupon."""
    change_column(column_id, body)


@blp.route(_REVIEW, methods=["PUT"])
@access.staff("buyer_show:write")
@blp.arguments(FeaturingInput)
@blp.response(200, FeaturedSchema)
@blp.fails("review_not_found", "show_column_not_found", "review_unfit")
@blp.fails(
    "account_closed", "coupon_claim_not_open", "coupon_all_claimed", "coupon_template_not_found"
)
def feature(body: dict[str, Any], review_id: int) -> dict[str, int]:
    """Show an approved review in a column; its writer gets the column's coupon, once."""
    staff_id = current_staff().staff_id
    return {"id": featuring.feature_review(staff_id, review_id, body["column_id"])}


@blp.route(_REVIEW, methods=["DELETE"])
@access.staff("buyer_show:write")
@blp.response(204)
@blp.fails("review_not_found", "show_entry_not_found")
def end(review_id: int) -> None:
    """Out of the show; the coupon is taken back if no order has it."""
    featuring.end_entry(review_id)
