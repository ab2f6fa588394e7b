"""Blind boxes for shoppers: buying, what I have, giving unopened ones back. Opening is a draw."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.lottery.boxes import queries
from mall.lottery.boxes.ordering import order_boxes, return_boxes
from mall.lottery.boxes.queries import Row
from mall.lottery.boxes.schemas import (
    BoxOrderInSchema,
    BoxOrderPageSchema,
    BoxReturnInSchema,
    BoxReturnSchema,
    OrderedBoxesSchema,
)
from mall.orders.participants import REFUNDING
from mall.orders.placing import Placed

blp = Blueprint("boxes", __name__, url_prefix="/api/v1", description="盲盒")
_ORDERS = "/lotteries/<id:lottery_id>/box-orders"


@blp.route(_ORDERS, methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, BoxOrderPageSchema)
def list_orders(query: dict[str, Any], lottery_id: int) -> Page[Row]:
    """My orders of boxes, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    user_id = current_shopper().user_id
    found = queries.orders_of(db.session(), lottery_id, user_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["order_id"]])


@blp.route(_ORDERS, methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(BoxOrderInSchema)
@blp.response(201, OrderedBoxesSchema)
@blp.fails("lottery_not_found", "box_not_found", "box_age_unconfirmed", "lottery_not_started")
@blp.fails("lottery_paused", "lottery_over", "boxes_gone", "box_daily_cap", "price_changed")
@blp.fails("out_of_stock", "sku_off_shelf", "sku_unknown", "account_closed", "amount_too_large")
@blp.fails("nothing_to_pay")
def place(body: dict[str, Any], lottery_id: int) -> Placed:
    """Order boxes at the price that was shown; each is mine to open once the order is paid."""
    return order_boxes(
        current_shopper().user_id,
        lottery_id,
        body["units"],
        body["expected_payable_fen"],
        of_age=body["of_age"],
    )


@blp.route(f"{_ORDERS}/<order_no>/returns", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(BoxReturnInSchema)
@blp.response(201, BoxReturnSchema)
@blp.fails("order_not_found", "box_opened", "box_return_too_late", "order_state")
@blp.fails("refund_not_possible", "order_not_refundable", hooks=(REFUNDING,))
def give_back(body: dict[str, int], lottery_id: int, order_no: str) -> Row:
    """Give unopened boxes back for what I paid, within seven days."""
    user_id = current_shopper().user_id
    return {"refund_no": return_boxes(user_id, lottery_id, order_no, body["units"])}
