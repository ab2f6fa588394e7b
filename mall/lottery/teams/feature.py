"""Draws of teams."""

from __future__ import annotations

from mall.groupbuy.teams.events import TeamSettled
from mall.kernel.features import Mall
from mall.lottery.teams import admin, giving, jobs, routes
from mall.lottery.teams.attention import LATE_FREE_ORDERS
from mall.lottery.teams.free_orders import FreeOrderGranter
from mall.lottery.teams.invariants import INVARIANTS
from mall.orders.events import OrderRefunded
from mall.rewards.granters import GIVING, GRANTERS


def install(mall: Mall) -> None:
    """Declare draws of teams."""
    mall.blueprints(routes.blp, admin.blp)
    mall.jobs(jobs)
    mall.on(TeamSettled, "lottery.begin_giving", giving.begin_giving)
    mall.on(OrderRefunded, "lottery.take_back_of_order", giving.take_back_of_order)
    mall.add(GRANTERS, FreeOrderGranter())
    mall.fails(GIVING, "lottery_no_free_order")
    mall.invariants(*INVARIANTS)
    mall.attention(LATE_FREE_ORDERS)
