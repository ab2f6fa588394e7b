"""The sheet for taxes, a part of payouts."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.payouts.taxes import admin


def install(mall: Mall) -> None:
    """Declare the sheet for taxes."""
    mall.blueprints(admin.blp)
    mall.permissions({"payout:tax": "导出收款人涉税数据"})
