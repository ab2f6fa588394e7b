"""Quotes and orders of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.orders import queries
from mall.orders.fulfilling import confirm_receipt
from mall.orders.participants import PLACING, PRICING
from mall.orders.placing import Placed, place_order
from mall.orders.queries import OrderDetail, OrderFilter, OrderWithLines
from mall.orders.quote_schemas import (
    QuoteInSchema,
    QuoteSchema,
    ShopperPricesQuery,
    ShopperPricesSchema,
)
from mall.orders.quoting import Preview, preview
from mall.orders.schemas import (
    OrderInSchema,
    OrderPageSchema,
    OrderQuery,
    OrderSchema,
    PlacedSchema,
)
from mall.orders.shopper_prices import shopper_prices

blp = Blueprint("orders", __name__, url_prefix="/api/v1", description="结算与订单")
GOODS_REFUSED = ("sku_off_shelf", "cart_empty", "amount_too_large")


@blp.route("/quotes", methods=["POST"])
@access.shopper
@blp.arguments(QuoteInSchema)
@blp.response(200, QuoteSchema)
@blp.fails("sku_unknown", "not_found", *GOODS_REFUSED, hooks=(PRICING,))
def make_quote(body: dict[str, Any]) -> Preview:
    """What these goods, or the cart, would cost. Nothing is kept."""
    return preview(
        current_shopper().user_id, body["wanted"], body.get("address_id"), body["choices"]
    )


@blp.route("/my-prices", methods=["GET"])
@access.shopper
@blp.arguments(ShopperPricesQuery, location="query")
@blp.response(200, ShopperPricesSchema)
def my_prices(query: dict[str, Any]) -> dict[str, Any]:
    """What a unit of each of these SKUs (100 at most) costs the shopper, members' and other
    activity prices counted. What is unknown or off the shelf is left out."""
    return {"items": shopper_prices(current_shopper().user_id, query["sku_ids"])}


@blp.route("/orders", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(OrderInSchema)
@blp.response(201, PlacedSchema)
@blp.fails("sku_unknown", "not_found", "price_changed", "out_of_stock", *GOODS_REFUSED)
@blp.fails("nothing_to_pay", "account_closed", hooks=(PRICING, PLACING))
def place(body: dict[str, Any]) -> Placed:
    """Order these goods, or the cart, at the total that was shown; stock is held for it."""
    return place_order(
        current_shopper().user_id,
        body["wanted"],
        body["address_id"],
        body["expected_payable_fen"],
        body["remark"],
        choices=body["choices"],
    )


@blp.route("/orders", methods=["GET"])
@access.shopper
@blp.arguments(OrderQuery, location="query")
@blp.response(200, OrderPageSchema)
def list_orders(query: dict[str, Any]) -> Page[OrderWithLines]:
    """The shopper's orders, newest first; `status` is the tab."""
    wanted = OrderFilter(user_id=current_shopper().user_id, status=query.get("status"))
    after = decode_cursor(query.get("cursor"), [int])
    with transaction() as session:
        found = queries.orders(
            session, wanted, before=after[0] if after else None, limit=query["limit"]
        )
    return page(found, query["limit"], lambda row: [row.order.id])


@blp.route("/orders/<order_no>", methods=["GET"])
@access.shopper
@blp.response(200, OrderSchema)
@blp.fails("order_not_found")
def read_order(order_no: str) -> OrderDetail:
    """One of the shopper's orders, with its full address."""
    with transaction() as session:
        return queries.detail(session, order_no, current_shopper().user_id)


@blp.route("/orders/<order_no>/receipt", methods=["POST"])
@access.shopper
@blp.response(204)
@blp.fails("order_not_found", "order_state")
def confirm(order_no: str) -> None:
    """The goods have arrived. Confirming again changes nothing."""
    confirm_receipt(current_shopper().user_id, order_no)
