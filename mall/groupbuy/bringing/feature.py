"""A leader's reward for new customers (老带新)."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.groupbuy.bringing import handlers, routes
from mall.groupbuy.bringing.attention import REFUSED
from mall.groupbuy.bringing.invariants import INVARIANTS
from mall.groupbuy.teams.events import TeamFailed, TeamMemberPaid
from mall.kernel.features import Mall
from mall.orders.events import OrderRefunded


def install(mall: Mall) -> None:
    """Declare leaders' rewards."""
    mall.blueprints(routes.blp)
    mall.jobs(handlers)
    mall.on(TeamMemberPaid, "groupbuy.promise_to_leader", handlers.promise_to_leader)
    mall.on(OrderSettled, "groupbuy.give_to_leader", handlers.give_to_leader)
    mall.on(OrderRefunded, "groupbuy.take_back_of_order", handlers.take_back_of_order)
    mall.on(TeamFailed, "groupbuy.take_back_of_team", handlers.take_back_of_team)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED)
