"""Sharing."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.missions.sharing import admin, handlers, jobs, routes
from mall.missions.sharing.closed_accounts import SHARES
from mall.missions.sharing.invariants import INVARIANTS
from mall.missions.sharing.settings import SETTINGS as OWN
from mall.orders.events import OrderPaid
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS
from mall.users.events import ShopperRegistered


def install(mall: Mall) -> None:
    """Declare sharing."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"sharing:read": "查看顾客的分享记录"})
    mall.on(ShopperRegistered, "sharing.bring_shopper", handlers.bring_shopper)
    mall.on(OrderPaid, "sharing.bring_order", handlers.bring_order)
    mall.jobs(jobs)
    mall.add(ERASERS, SHARES)
    mall.invariants(*INVARIANTS)
