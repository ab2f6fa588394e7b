"""Channels' coupons and what channels brought."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.channels import admin, routes
from mall.referral.channels.demo import load_demo_channel
from mall.referral.channels.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare channels' coupons."""
    mall.blueprints(routes.blp, admin.blp)
    mall.invariants(*INVARIANTS)
    mall.demo("channels", load_demo_channel)
