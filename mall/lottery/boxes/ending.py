"""Boxes that nobody opened: refunded once their lottery is over."""

from __future__ import annotations

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import SWEEP, job
from mall.lottery.boxes.models import UNOPENED
from mall.lottery.chances.ledger import lock_chances
from mall.orders.locking import lock_order
from mall.payments.refunds.causing import refund_units

REASON = "活动结束，未拆的盲盒原路退款"
_BATCH = 100
_log = structlog.get_logger("mall.lottery.boxes")
_OVER = f"""
    SELECT FROM lotteries l
    JOIN lottery_boxes x ON x.lottery_id = l.id
    WHERE l.ended_at IS NOT NULL AND EXISTS (
        SELECT FROM box_orders b WHERE b.lottery_id = l.id AND {UNOPENED})
"""  # noqa: S608
_DUE = text(
    f"""
    SELECT b.order_id, o.order_no FROM box_orders b
    JOIN lotteries l ON l.id = b.lottery_id AND l.ended_at IS NOT NULL
    JOIN orders o ON o.id = b.order_id
    WHERE {UNOPENED} AND b.order_id > :after
    ORDER BY b.order_id LIMIT :most
    """  # noqa: S608
)
_UNOPENED = text(
    f"""
    SELECT units - opened - back AS units, steps FROM box_orders
    WHERE order_id = :order_id AND {UNOPENED}
    """  # noqa: S608
)
_OWNER = text("SELECT lottery_id, user_id FROM box_orders WHERE order_id = :order_id")


@job("boxes.refund_unopened", retry=SWEEP, cron="*/5 * * * *", look=_OVER)
def refund_unopened_job() -> None:
    """Refund boxes that nobody opened, of lotteries that are over."""
    refund_unopened()


def refund_unopened() -> int:
    """Refund every unopened box of lotteries that are over; of how many orders. Each has a
    transaction of its own; one that is refused is left for the next time. Safe to repeat."""
    done, after = 0, 0
    while True:
        due = db.session.execute(_DUE, {"after": after, "most": _BATCH}).all()
        db.session.rollback()
        for row in due:
            try:
                with transaction() as session:
                    done += _refund(session, row.order_id, row.order_no)
            except MallError as refused:
                _log.warning("boxes can't be refunded", order_no=row.order_no, code=refused.code)
        if len(due) < _BATCH:
            return done
        after = due[-1].order_id


def _refund(session: Session, order_id: int, order_no: str) -> bool:
    around_commit(session, "boxes.before_refund_commit", "boxes.after_refund_commit")
    lock_order(session, order_no)
    owner = session.execute(_OWNER, {"order_id": order_id}).one()
    lock_chances(session, owner.user_id, owner.lottery_id)
    left = session.execute(_UNOPENED, {"order_id": order_id}).one_or_none()
    if left is None:
        return False
    refund_units(session, order_no, {1: left.units}, f"box:end:{left.steps}", REASON)
    return True
