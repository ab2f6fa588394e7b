"""The cart."""

from __future__ import annotations

from mall.cart import routes
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the shoppers' carts."""
    mall.blueprints(routes.blp)
