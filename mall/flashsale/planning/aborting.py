"""An aborted sale: unpaid orders are closed, paid ones refunded or kept, in batches.

Closing goes by payments, which asks WeChat first; a payment that was faster is honoured
there and refunded here, by the next round. The job comes back until nothing is left to do.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import text

from mall.flashsale.models import ABORTED, REFUND, FlashSession
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.jobs import defer, job
from mall.payments.closing import enqueue_closing
from mall.payments.refunds.requesting import RequestedLine, request_refund

ABORT_ORDERS = "flashsale.abort_orders"
CAUSE = "flash_aborted"
BATCH = 200
AGAIN_S = 5
_log = structlog.get_logger("mall.flashsale")

_OPEN = """
    SELECT o.id, o.order_no FROM flash_items i
    JOIN flash_tickets t ON t.item_id = i.id AND t.status = 'ordered'
    JOIN orders o ON o.id = t.order_id
    WHERE i.session_id = :session_id
"""
_UNPAID = text(f"{_OPEN} AND o.status = 'unpaid'")
_TO_CLOSE = text(
    f"""{_OPEN} AND o.status = 'unpaid'
      AND NOT EXISTS (SELECT 1 FROM order_closings c WHERE c.order_id = o.id)
    ORDER BY o.id LIMIT :batch"""  # noqa: S608  a constant of ours
)
# Goods that have left, and refunds that staff have begun, are for staff to decide.
_TO_REFUND = text(
    f"""{_OPEN} AND o.status = 'paid' AND o.refunding_fen = 0 AND o.refunded_fen = 0
      AND NOT EXISTS (
          SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.shipped_quantity > 0)
      AND o.id > :after
    ORDER BY o.id LIMIT :batch"""  # noqa: S608  a constant of ours
)
_LINES = text(
    """
    SELECT l.id, l.quantity, o.freight_fen FROM orders o JOIN order_lines l ON l.order_id = o.id
    WHERE o.id = :order_id ORDER BY l.position
    """
)


@job(ABORT_ORDERS)
def abort_orders(session_id: int) -> None:
    """One round over the orders of an aborted sale; another follows while any is unpaid."""
    with transaction() as session:
        sale = session.get_one(FlashSession, session_id, populate_existing=True)
        if sale.state != ABORTED:
            return
        refunds = sale.abort_paid == REFUND
    closing = _close_unpaid(session_id)
    refunded = _refund_paid(session_id) if refunds else 0
    with transaction() as session:
        left = session.execute(_UNPAID, {"session_id": session_id}).first() is not None
        if left:
            defer(session, ABORT_ORDERS, delay_s=AGAIN_S, session_id=session_id)
    counts = {"closing": closing, "refunded": refunded}
    _log.info("flash sale aborted", session_id=session_id, done=not left, **counts)


def _close_unpaid(session_id: int) -> int:
    closing = 0
    while True:
        with transaction() as session:
            rows = session.execute(_TO_CLOSE, {"session_id": session_id, "batch": BATCH}).all()
            closing += enqueue_closing(session, [row.id for row in rows], CAUSE)
        if len(rows) < BATCH:
            return closing


def _refund_paid(session_id: int) -> int:
    refunded, after = 0, 0
    while True:
        with transaction() as session:
            found = {"session_id": session_id, "after": after, "batch": BATCH}
            rows = session.execute(_TO_REFUND, found).all()
        refunded += sum(_refund(row) for row in rows)
        if len(rows) < BATCH:
            return refunded
        after = rows[-1].id


def _refund(order: Any) -> bool:
    """All of an order, in a transaction of its own; False when it moved on meanwhile."""
    with transaction() as session:
        lines = session.execute(_LINES, {"order_id": order.id}).all()
    wanted = [RequestedLine(line.id, line.quantity) for line in lines]
    try:
        request_refund(order.order_no, wanted, lines[0].freight_fen, "秒杀活动取消")
    except MallError as fault:
        _log.warning("order not refunded", order_no=order.order_no, code=fault.code)
        return False
    return True
