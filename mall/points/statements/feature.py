"""Statements of points."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.points.statements import admin, routes


def install(mall: Mall) -> None:
    """Declare the statements."""
    mall.blueprints(routes.blp, admin.blp)
