"""Tiered group-buy."""

from __future__ import annotations

from mall.groupbuy.activities import feature as activities
from mall.groupbuy.activities.stock import UNITS_HELD
from mall.groupbuy.advice import feature as advice
from mall.groupbuy.bringing import feature as bringing
from mall.groupbuy.demo import load_demo_teams
from mall.groupbuy.desk import feature as desk
from mall.groupbuy.orders import feature as orders
from mall.groupbuy.orders.kinds import KINDS, WAITS
from mall.groupbuy.orders.participant import GroupbuyParticipant
from mall.groupbuy.pages import feature as pages
from mall.groupbuy.reminders import feature as reminders
from mall.groupbuy.settlement import feature as settlement
from mall.groupbuy.teams import jobs as teams_jobs
from mall.groupbuy.teams.closed_accounts import VISITS
from mall.inventory.holds import HOLDS, StockHold
from mall.kernel.features import Mall
from mall.orders.holding import HOLD_REASONS
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare group-buy."""
    activities.install(mall)
    desk.install(mall)
    mall.jobs(teams_jobs)
    mall.add(ORDER_KINDS, *KINDS)
    mall.add(HOLD_REASONS, WAITS)
    mall.add(PARTICIPANTS, GroupbuyParticipant())
    orders.install(mall)
    pages.install(mall)
    mall.add(ERASERS, VISITS)
    mall.add(HOLDS, StockHold("group-buy activities", UNITS_HELD))
    settlement.install(mall)
    reminders.install(mall)
    advice.install(mall)
    bringing.install(mall)
    mall.demo("group-buy", load_demo_teams)
