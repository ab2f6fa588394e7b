"""Tiered group-buy."""

from __future__ import annotations

from mall.groupbuy.activities import feature as activities
from mall.groupbuy.advice import feature as advice
from mall.groupbuy.bringing import feature as bringing
from mall.groupbuy.demo import load_demo_teams
from mall.groupbuy.desk import feature as desk
from mall.groupbuy.orders import feature as orders
from mall.groupbuy.pages import feature as pages
from mall.groupbuy.reminders import feature as reminders
from mall.groupbuy.settlement import feature as settlement
from mall.groupbuy.teams import feature as teams
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare group-buy."""
    activities.install(mall)
    desk.install(mall)
    teams.install(mall)
    orders.install(mall)
    pages.install(mall)
    settlement.install(mall)
    reminders.install(mall)
    advice.install(mall)
    bringing.install(mall)
    mall.demo("group-buy", load_demo_teams)
