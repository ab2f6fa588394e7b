"""Sharing."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.settings import SETTINGS
from mall.sharing.shares import admin, handlers, jobs, routes
from mall.sharing.shares.closed_accounts import SHARES
from mall.sharing.shares.invariants import INVARIANTS
from mall.sharing.shares.settings import SETTINGS as OWN
from mall.sharing.shares.tokens import init_share_tokens
from mall.users.erasing import ERASERS
from mall.users.events import ShopperRegistered


def install(mall: Mall) -> None:
    """Declare sharing."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"sharing:read": "查看顾客的分享记录"})
    mall.on(ShopperRegistered, "sharing.bring_shopper", handlers.bring_shopper)
    mall.jobs(jobs)
    mall.setup(init_share_tokens)
    mall.add(ERASERS, SHARES)
    mall.invariants(*INVARIANTS)
