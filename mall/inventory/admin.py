"""Stock for staff: numbers, movements, putting in and taking out."""

from __future__ import annotations

from typing import Any

from mall.inventory import queries
from mall.inventory.models import StockMovement
from mall.inventory.schemas import (
    MovementInSchema,
    MovementPageSchema,
    StockPageSchema,
    StockQuery,
    StockSchema,
)
from mall.inventory.stocktaking import Counted, correct
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, page

blp = Blueprint("stock_admin", __name__, url_prefix="/admin/api/v1", description="库存管理")
MOVEMENTS = "/stock/<id:sku_id>/movements"


@blp.route("/stock", methods=["GET"])
@access.staff("stock:read")
@blp.arguments(StockQuery, location="query")
@blp.response(200, StockPageSchema)
def list_stock(query: dict[str, Any]) -> Page[Any]:
    """Stock by SKU, with its product; `sellable_at_most` finds what runs out."""
    after = decode_cursor(query.get("cursor"), [int])
    with transaction() as session:
        rows = queries.stock_rows(
            session,
            sku_ids=query.get("sku_ids"),
            sellable_at_most=query.get("sellable_at_most"),
            text=query.get("q"),
            after=after[0] if after else 0,
            limit=query["limit"],
        )
    return page(rows, query["limit"], lambda row: [row.sku_id])


@blp.route(MOVEMENTS, methods=["GET"])
@access.staff("stock:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, MovementPageSchema)
def list_movements(query: dict[str, Any], sku_id: int) -> Page[StockMovement]:
    """Why the stock of a SKU is what it is, newest first."""
    before = decode_cursor(query.get("cursor"), [int])
    with transaction() as session:
        rows = queries.movements(
            session, sku_id, before=before[0] if before else None, limit=query["limit"]
        )
    return page(rows, query["limit"], lambda row: [row.id])


@blp.route(MOVEMENTS, methods=["POST"])
@access.staff("stock:write")
@idempotent
@blp.arguments(MovementInSchema)
@blp.response(201, StockSchema)
@blp.fails("sku_unknown", "out_of_stock")
def move_stock(body: dict[str, Any], sku_id: int) -> Counted:
    """Put units in or take units out; the answer is the stock after it."""
    return correct(sku_id, body["kind"], body["quantity"], reason=body["reason"])
