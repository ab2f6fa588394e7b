"""Bindings."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.bindings import admin, handlers, jobs
from mall.referral.bindings.closed_accounts import BINDINGS
from mall.referral.bindings.invariants import INVARIANTS
from mall.referral.bindings.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.sharing.shares.events import ShareTouched
from mall.users.erasing import ERASERS
from mall.users.events import ShopperRegistered


def install(mall: Mall) -> None:
    """Declare bindings."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(admin.blp)
    mall.permissions(
        {"referral:read": "查看邀请与归因", "referral:write": "变更邀请关系、处理邀请"}
    )
    mall.on(ShopperRegistered, "referral.bind_new_shopper", handlers.bind_new_shopper)
    mall.on(ShareTouched, "referral.bind_on_touch", handlers.bind_on_touch)
    mall.jobs(jobs)
    mall.add(ERASERS, BINDINGS)
    mall.invariants(*INVARIANTS)
