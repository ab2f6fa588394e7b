"""The cart."""

from __future__ import annotations

from mall.cart import routes
from mall.cart.closed_accounts import CART_LINES
from mall.kernel.features import Mall
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the shoppers' carts."""
    mall.blueprints(routes.blp)
    mall.add(ERASERS, CART_LINES)
