"""Attribution."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.missions.board.hearing import add_trigger
from mall.orders.events import OrderPaid
from mall.referral.attribution import admin, handlers
from mall.referral.attribution.invariants import INVARIANTS
from mall.referral.attribution.settings import SETTINGS as OWN
from mall.referral.attribution.triggers import SHARE_ORDERED
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare attribution."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(admin.blp)
    mall.on(OrderPaid, "referral.attribute_paid_order", handlers.attribute_paid_order)
    add_trigger(mall, SHARE_ORDERED)
    mall.invariants(*INVARIANTS)
