"""Statements of points."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.points.statements import admin, routes
from mall.points.statements.closed_accounts import POINTS_LOST
from mall.users.closing import CLOSING_LOSSES


def install(mall: Mall) -> None:
    """Declare the statements."""
    mall.blueprints(routes.blp, admin.blp)
    mall.add(CLOSING_LOSSES, POINTS_LOST)
