"""Opening, joining and leaving teams, as shoppers do it."""

from __future__ import annotations

from mall.groupbuy.orders import routes
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the shopper's routes of seats."""
    mall.blueprints(routes.blp)
