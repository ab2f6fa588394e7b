"""What staff see and do with teams."""

from __future__ import annotations

from mall.groupbuy.desk import activities_admin, admin, deciding
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the desk."""
    mall.blueprints(admin.blp, activities_admin.blp)
    mall.permissions({"groupbuy:team": "手动成团、解散拼团、移出成员"})
    mall.jobs(deciding)
