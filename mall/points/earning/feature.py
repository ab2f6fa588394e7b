"""Points earned by orders."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.orders.events import OrderPaid, OrderRefunded, SettledOrderReduced
from mall.orders.participants import PARTICIPANTS
from mall.points.earning import admin, handlers
from mall.points.earning.demo import load_demo_plan
from mall.points.earning.describing import EARNING_PLANS
from mall.points.earning.invariants import INVARIANTS
from mall.points.earning.participant import EarningParticipant


def install(mall: Mall) -> None:
    """Declare earning."""
    mall.blueprints(admin.blp)
    mall.add(PARTICIPANTS, EarningParticipant())
    mall.add(CAMPAIGN_SOURCES, EARNING_PLANS)
    mall.on(OrderPaid, "points.earn", handlers.keep_on_order_paid)
    mall.on(OrderRefunded, "points.take_back_earned", handlers.keep_on_order_refunded)
    mall.on(OrderSettled, "points.free_earned", handlers.keep_on_order_settled)
    mall.on(SettledOrderReduced, "points.reduce_earned", handlers.keep_on_settled_order_reduced)
    mall.invariants(*INVARIANTS)
    mall.demo("points earned by orders", load_demo_plan)
