"""Advice on tiers."""

from __future__ import annotations

from mall.groupbuy.advice import admin, set_starts
from mall.groupbuy.advice.cli import group_advice
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the advice."""
    mall.blueprints(admin.blp)
    mall.jobs(set_starts)
    mall.commands(group_advice)
