"""The shopper's cart."""

from __future__ import annotations

from typing import Any

from mall.cart import commands
from mall.cart.queries import ShownCart, shown_cart
from mall.cart.schemas import (
    CartLineInSchema,
    CartLineQuantitySchema,
    CartSchema,
    QuantitySchema,
)
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent_if_keyed

blp = Blueprint("cart", __name__, url_prefix="/api/v1", description="购物车")
LINE = "/cart/lines/<id:sku_id>"


@blp.route("/cart", methods=["GET"])
@access.shopper
@blp.response(200, CartSchema)
def read_cart() -> ShownCart:
    """The cart at live prices; each line says whether it can be bought."""
    with transaction() as session:
        return shown_cart(session, current_shopper().user_id)


@blp.route("/cart/lines", methods=["POST"])
@access.shopper
@idempotent_if_keyed
@blp.arguments(CartLineInSchema)
@blp.response(201, CartLineQuantitySchema)
@blp.fails("sku_unknown", "sku_off_shelf", "out_of_stock", "quantity_too_large", "cart_full")
def add_line(body: dict[str, Any]) -> dict[str, int]:
    """Put units in the cart, on top of those in it. With an Idempotency-Key, once."""
    quantity = commands.add(current_shopper().user_id, body["sku_id"], body["quantity"])
    return {"sku_id": body["sku_id"], "quantity": quantity}


@blp.route(LINE, methods=["PUT"])
@access.shopper
@blp.arguments(QuantitySchema)
@blp.response(200, CartLineQuantitySchema)
@blp.fails("cart_line_not_found", "sku_off_shelf", "out_of_stock", "sku_unknown")
def set_line(body: dict[str, Any], sku_id: int) -> dict[str, int]:
    """Make the quantity of a line this."""
    commands.set_quantity(current_shopper().user_id, sku_id, body["quantity"])
    return {"sku_id": sku_id, "quantity": body["quantity"]}


@blp.route(LINE, methods=["DELETE"])
@access.shopper
@blp.response(204)
def remove_line(sku_id: int) -> None:
    """Take a line out of the cart."""
    commands.remove(current_shopper().user_id, sku_id)
