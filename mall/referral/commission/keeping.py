"""What an order pays is kept up to what has become of the order.

Each fact (refunded, settled, screened, a promoter blocked or free again) calls `keep`, which looks
at the order as it stands. So facts may come in any order, late or again: the outcome is the same.
Lock order: the order, its lines, the accounts by ascending promoter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.orders.errors import OrderNotFound
from mall.orders.locking import LockedOrder, lock_order
from mall.referral.commission import accounts
from mall.referral.commission.clearing import SCREENED, judge
from mall.referral.commission.line_models import PENDING, SETTLED, CommissionLine
from mall.referral.commission.reversing import follow_refunds, void_lines
from mall.referral.commission.settings import SETTLE_DAYS

_DUE = PreparedStatement(
    """
    UPDATE commission_lines
    SET due_at = coalesce(due_at, CAST(:due_at AS timestamptz)),
        look_at = coalesce(due_at, CAST(:due_at AS timestamptz)), waits = NULL
    WHERE order_id = :order_id AND status = 'pending' AND (due_at IS NULL OR waits IS NOT NULL)
    """
)


def keep(session: Session, order_no: str) -> None:
    """Take back what went back, void what was found void, and let the sweep look at the rest.

    Nothing for an order that pays nobody. Safe to repeat.
    """
    try:
        order = lock_order(session, order_no)
    except OrderNotFound:
        return
    keep_locked(session, order)


def keep_locked(session: Session, order: LockedOrder) -> None:
    """The same for an order that is locked."""
    promoters = {line.promoter_id for line in _open_lines(session, order.id)}
    if not promoters:
        return
    accounts.lock_some(session, promoters)
    follow_refunds(session, order.id)
    _void(session, order.id)
    if order.settled_at is not None:
        due_at = order.settled_at + timedelta(days=SETTLE_DAYS.get())
        _DUE.rows(session, order_id=order.id, due_at=due_at)


def _open_lines(session: Session, order_id: int) -> Sequence[CommissionLine]:
    return session.scalars(
        select(CommissionLine)
        .where(CommissionLine.order_id == order_id, CommissionLine.status.in_((PENDING, SETTLED)))
        .execution_options(populate_existing=True)
    ).all()


def _void(session: Session, order_id: int) -> None:
    """What was found void. Of a closed account what has settled is lost already."""
    lines = _open_lines(session, order_id)
    verdicts = judge(session, lines) if lines else {}
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for line in lines:
        reason = verdicts[line.id].void
        if reason is not None and (line.status == PENDING or reason == SCREENED):
            by_reason[reason].append(line.id)
    for reason, line_ids in by_reason.items():
        void_lines(session, line_ids, reason)
