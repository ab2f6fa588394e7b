"""Channels' coupons and what channels brought."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.channels import routes
from mall.referral.channels.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare channels' coupons."""
    mall.blueprints(routes.blp)
    mall.invariants(*INVARIANTS)
