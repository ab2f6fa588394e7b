"""Refunds, a part of payments."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.kernel.features import Mall
from mall.kernel.outbound import CALL_KINDS
from mall.payments.notifications import NOTIFICATION_HANDLERS
from mall.payments.refunds import admin, booking_admin, handlers, metrics
from mall.payments.refunds.approving import REFUND
from mall.payments.refunds.attention import STUCK_REFUNDS
from mall.payments.refunds.closed_accounts import REFUNDS_UNDER_WAY
from mall.payments.refunds.invariants import INVARIANTS
from mall.payments.refunds.sending import REFUNDS
from mall.users.closing import CLOSING_CHECKS


def install(mall: Mall) -> None:
    """Declare refunds."""
    mall.blueprints(admin.blp, booking_admin.blp)
    mall.permissions({"refund:read": "查看退款", "refund:write": "发起退款"})
    mall.permissions({REFUND.permission: "审批退款"})
    mall.add(APPROVAL_KINDS, REFUND)
    mall.fails(
        CARRYING_OUT,
        "order_not_found",
        "order_not_refundable",
        "order_state",
        "refund_not_possible",
    )
    mall.add(CLOSING_CHECKS, REFUNDS_UNDER_WAY)
    mall.metrics(metrics)
    mall.add(CALL_KINDS, REFUNDS)
    mall.add(NOTIFICATION_HANDLERS, *handlers.HANDLERS)
    mall.invariants(*INVARIANTS)
    mall.attention(STUCK_REFUNDS)
