"""What shoppers see of group-buy."""

from __future__ import annotations

from mall.groupbuy.pages import jobs, routes
from mall.groupbuy.pages.sharing import ACTIVITY_PAGE, TEAM_PAGE_KIND
from mall.kernel.features import Mall
from mall.sharing.pages.kinds import PAGE_KINDS


def install(mall: Mall) -> None:
    """Declare the pages."""
    mall.blueprints(routes.blp)
    mall.jobs(jobs)
    mall.add(PAGE_KINDS, ACTIVITY_PAGE, TEAM_PAGE_KIND)
