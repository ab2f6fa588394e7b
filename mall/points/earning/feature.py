"""Points earned by orders."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.participants import PARTICIPANTS
from mall.points.earning import admin
from mall.points.earning.demo import load_demo_plan
from mall.points.earning.describing import EARNING_PLANS
from mall.points.earning.handlers import keep_up
from mall.points.earning.invariants import INVARIANTS
from mall.points.earning.participant import EarningParticipant


def install(mall: Mall) -> None:
    """Declare earning."""
    mall.blueprints(admin.blp)
    mall.add(PARTICIPANTS, EarningParticipant())
    mall.add(CAMPAIGN_SOURCES, EARNING_PLANS)
    mall.on(OrderPaid, "points.earn", keep_up)
    mall.on(OrderRefunded, "points.take_back_earned", keep_up)
    mall.on(OrderSettled, "points.free_earned", keep_up)
    mall.invariants(*INVARIANTS)
    mall.demo("points earned by orders", load_demo_plan)
