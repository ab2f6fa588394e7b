"""The points mall of the shopper."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.points.exchange.codes.queries import own_code
from mall.points.exchange.codes.schemas import OwnCodeSchema
from mall.points.exchange.orders import view
from mall.points.exchange.orders.exchanging import (
    Exchanged,
    ExchangeQuote,
    Wanted,
    exchange,
    quote_exchange,
)
from mall.points.exchange.orders.schemas import (
    ExchangedSchema,
    ExchangeInput,
    ExchangeQuoteInput,
    ExchangeQuoteSchema,
    OfferedItemPageSchema,
    OfferedItemQuery,
    OfferedItemSchema,
)

blp = Blueprint("exchange", __name__, url_prefix="/api/v1/points-mall", description="积分商城")
AGREED = ("expected_points", "expected_payable_fen", "remark")


@blp.route("/items", methods=["GET"])
@access.shopper
@blp.arguments(OfferedItemQuery, location="query")
@blp.response(200, OfferedItemPageSchema)
def list_items(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """What points buy, with what I may have, and why not."""
    found, shown = view.offers(
        current_shopper().user_id,
        kind=query.get("kind"),
        after=decode_cursor(query.get("cursor"), (int, int)),
        limit=query["limit"],
    )
    cut = page(found, query["limit"], lambda one: [one.item.position, one.item.id])
    return Page([shown[one.item.id] for one in cut.items], cut.next_cursor)


@blp.route("/items/<id:item_id>", methods=["GET"])
@access.shopper
@blp.response(200, OfferedItemSchema)
@blp.fails("exchange_item_not_found")
def read_item(item_id: int) -> dict[str, Any]:
    """One item, with what I may have, and why not."""
    return view.offer(current_shopper().user_id, item_id)


@blp.route("/quotes", methods=["POST"])
@access.shopper
@blp.arguments(ExchangeQuoteInput)
@blp.response(200, ExchangeQuoteSchema)
@blp.fails("exchange_item_not_found", "not_found", "amount_too_large", "exchange_one_at_a_time")
@blp.fails("exchange_price_changed", "sku_off_shelf", "sku_unknown")
def make_quote(body: dict[str, Any]) -> ExchangeQuote:
    """What an exchange costs in points and cash. Nothing is kept."""
    return quote_exchange(current_shopper().user_id, Wanted(**body))


@blp.route("/exchanges", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(ExchangeInput)
@blp.response(201, ExchangedSchema)
@blp.fails("exchange_item_not_found", "not_found", "exchange_price_changed", "price_changed")
@blp.fails("exchange_not_open", "exchange_sold_out", "exchange_limit_reached")
@blp.fails("exchange_not_allowed", "points_short", "undeliverable", "amount_too_large")
@blp.fails("exchange_one_at_a_time", "account_closed", "nothing_to_pay", "out_of_stock")
@blp.fails("sku_off_shelf", "sku_unknown")
def place(body: dict[str, Any]) -> Exchanged:
    """Exchange points, at the points and the cash that were shown; an order of its own kind."""
    agreed = {name: body.pop(name) for name in AGREED}
    return exchange(current_shopper().user_id, Wanted(**body), **agreed)


@blp.route("/orders/<order_no>/code", methods=["GET"])
@access.shopper
@blp.response(200, OwnCodeSchema)
@blp.fails("order_not_found", "exchange_code_not_found", "exchange_not_delivered")
def read_code(order_no: str) -> Response:
    """The code of my order, in clear."""
    answer = jsonify(OwnCodeSchema().dump(own_code(current_shopper().user_id, order_no)))
    answer.headers["Cache-Control"] = "no-store"
    return answer
