"""Orders: quotes, placing, states, what a refund may give back."""

from __future__ import annotations

from mall.inventory.holds import HOLDS, StockHold
from mall.kernel.features import Mall
from mall.orders import admin, jobs, routes
from mall.orders.closed_accounts import ADDRESSES, UNFINISHED_ORDERS
from mall.orders.customers import PAID_ORDERS
from mall.orders.invariants import INVARIANTS
from mall.orders.kinds import NORMAL, ORDER_KINDS
from mall.orders.settings import SETTINGS as OWN
from mall.orders.shopper_figures import ORDER_FIGURES
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_CHECKS
from mall.users.erasing import ERASERS
from mall.users.figures import SHOPPER_FIGURES
from mall.users.returning import CUSTOMER_CHECKS

_UNPAID = """
    SELECT l.sku_id, l.quantity AS units
    FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.status = 'unpaid'
"""


def install(mall: Mall) -> None:
    """Declare the orders. Other features join them by `PARTICIPANTS`."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "order:read": "查看订单",
            "order:write": "备注、关闭订单",
            "order:export": "导出订单（含收货信息）",
        }
    )
    mall.jobs(jobs)
    mall.add(SHOPPER_FIGURES, ORDER_FIGURES)
    mall.add(CLOSING_CHECKS, UNFINISHED_ORDERS)
    mall.add(CUSTOMER_CHECKS, PAID_ORDERS)
    mall.add(ERASERS, ADDRESSES)
    mall.add(ORDER_KINDS, NORMAL)
    mall.add(HOLDS, StockHold("orders", _UNPAID))
    mall.invariants(*INVARIANTS)
