"""Points: the ledger, and what earns, spends and shows them."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.points.adjustments import feature as adjustments
from mall.points.checkout import feature as checkout
from mall.points.demo import load_demo_points
from mall.points.earning import feature as earning
from mall.points.exchange import feature as exchange
from mall.points.ledger import feature as ledger
from mall.points.lockups import feature as lockups
from mall.points.reminders import feature as reminders
from mall.points.reports import feature as reports
from mall.points.settings import SETTINGS as OWN
from mall.points.sheets import feature as sheets
from mall.points.statements import feature as statements
from mall.points.till import feature as till
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare points, part by part."""
    mall.add(SETTINGS, *OWN)
    mall.permissions(
        {
            "points:read": "查看用户积分",
            "points:write": "人工调整积分",
            "points:approve": "审批积分调整，修改积分规则",
        }
    )
    for part in (
        ledger,
        statements,
        adjustments,
        sheets,
        reports,
        reminders,
        till,
        lockups,
        checkout,
        earning,
        exchange,
    ):
        part.install(mall)
    mall.demo("points", load_demo_points)
