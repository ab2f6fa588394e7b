"""After-sales: refunds without and with a return, disputes."""

from __future__ import annotations

from mall.aftersales import admin, handlers, jobs, routes
from mall.aftersales.approving import DECISION
from mall.aftersales.closed_accounts import OPEN_AFTER_SALES, WRITINGS
from mall.aftersales.invariants import INVARIANTS
from mall.aftersales.participant import AfterSalesParticipant
from mall.aftersales.settings import SETTINGS as OWN
from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.kernel.features import Mall
from mall.orders.events import OrderRefunded
from mall.orders.participants import PARTICIPANTS, SHIPPING
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_CHECKS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare after-sales."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {"aftersale:read": "查看售后与维权记录", "aftersale:write": "处理售后、回复维权记录"}
    )
    mall.jobs(jobs)
    mall.add(PARTICIPANTS, AfterSalesParticipant())
    mall.fails(SHIPPING, "order_in_after_sale")
    mall.on(OrderRefunded, "aftersales.end", handlers.end_after_sales_on_order_refunded)
    mall.add(APPROVAL_KINDS, DECISION)
    mall.fails(CARRYING_OUT, "after_sale_not_found", "after_sale_state", "return_address_missing")
    mall.add(CLOSING_CHECKS, OPEN_AFTER_SALES)
    mall.add(ERASERS, WRITINGS)
    mall.invariants(*INVARIANTS)
