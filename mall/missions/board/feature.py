"""The missions."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.missions.board import admin, jobs, metrics, routes
from mall.missions.board.attention import REFUSED_MISSIONS
from mall.missions.board.browsing_triggers import BROWSE, BROWSE_DAYS, BROWSE_PAGES
from mall.missions.board.closed_accounts import MISSIONS
from mall.missions.board.describing import MISSIONS as RUNNING_MISSIONS
from mall.missions.board.hearing import add_trigger
from mall.missions.board.invariants import INVARIANTS
from mall.missions.board.order_triggers import ORDER_PAID, ORDER_SETTLED
from mall.missions.board.settings import SETTINGS as OWN_SETTINGS
from mall.missions.board.sharing_triggers import INVITE
from mall.missions.board.shopper_triggers import CART, CHECK_IN, PROFILE_COMPLETED
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS

OWN = (
    *(CHECK_IN, ORDER_PAID, ORDER_SETTLED, BROWSE, BROWSE_PAGES, BROWSE_DAYS, CART),
    *(PROFILE_COMPLETED, INVITE),
)


def install(mall: Mall) -> None:
    """Declare missions. Other features add what they count by `add_trigger`."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"mission:read": "查看任务与进度", "mission:write": "管理任务与口令"})
    mall.jobs(jobs)
    mall.add(SETTINGS, *OWN_SETTINGS)
    for trigger in OWN:
        add_trigger(mall, trigger)
    mall.add(ERASERS, MISSIONS)
    mall.add(CAMPAIGN_SOURCES, RUNNING_MISSIONS)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_MISSIONS)
