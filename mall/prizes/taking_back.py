"""Units that are due back, and claims that staff end: whatever has not been sent yet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.locking import LockedOrder
from mall.orders.models import OrderLine
from mall.orders.states import PAID
from mall.payments.refund_writing import RefundGround
from mall.payments.refunds.causing import refund_in_full
from mall.payments.refunds.requesting import make_refund
from mall.prizes import metrics
from mall.prizes.claims import count_back, lock_with_order, move, release, release_some
from mall.prizes.models import CANCELED, ORDERED, TAKEN_BACK, WAITING, PrizeClaim
from mall.rewards.granters import TakenBack

TAKEN_BACK_REASON = "奖品的发放条件不再满足，奖品已收回"


def take_units(session: Session, claim_id: int, units: int) -> TakenBack:
    """Take so many units of a claim back. Those that wait or were not sent yet are for sale again;
    those that the shop has anyway (the claim expired) count as taken; those sent are owed."""
    claim, order = lock_with_order(session, claim_id)
    if claim.state == WAITING:
        _shrink(session, claim, min(units, claim.left))
    elif claim.state == ORDERED and order is not None:
        due = min(units, claim.left)
        owed = due - _take_unsent(session, claim, order, due)
        return TakenBack(units - owed, owed)
    return TakenBack(units, 0)


def end_claim(session: Session, claim_id: int, reason: str) -> PrizeClaim | None:
    """Cancel a claim of which nothing was sent; as it was before, None when it can't be."""
    claim, order = lock_with_order(session, claim_id)
    if claim.state == WAITING:
        move(session, claim_id, WAITING, CANCELED, end_reason=reason)
        release(session, claim)
    elif claim.state == ORDERED and order is not None and _unsent(session, order) == claim.left:
        move(session, claim_id, ORDERED, CANCELED, end_reason=reason)
        refund_in_full(session, order.order_no, f"prizes:cancel:{claim_id}", reason)
    else:
        return None
    metrics.PRIZES.labels("canceled").inc()
    return claim


def _shrink(session: Session, claim: PrizeClaim, units: int) -> None:
    """Units of a claim that waits are for sale; with the last of them it is over."""
    if units == claim.left:
        move(session, claim.id, WAITING, TAKEN_BACK, back_units=claim.units)
        release(session, claim)
        metrics.PRIZES.labels("taken_back").inc()
    else:
        count_back(session, claim.id, units)
        release_some(session, claim, units)


def _take_unsent(session: Session, claim: PrizeClaim, order: LockedOrder, units: int) -> int:
    """Take units out of an order before they are sent: how many. With its last one the order is
    closed and the claim over; else the order's own hook counts them."""
    wanted = min(units, _unsent(session, order))
    if not wanted:
        return 0
    if wanted == claim.left:
        move(session, claim.id, ORDERED, TAKEN_BACK, back_units=claim.units)
        metrics.PRIZES.labels("taken_back").inc()
    line_id = session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).one()
    cause = f"prizes:take_back:{claim.id}:{claim.back_units}"
    ground = RefundGround(cause, TAKEN_BACK_REASON, cancellable=False)
    make_refund(session, order, [(line_id, wanted, 0)], 0, ground)
    return wanted


def _unsent(session: Session, order: LockedOrder) -> int:
    """The units of an order that can still be kept from being sent."""
    if order.status != PAID:
        return 0
    left = OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.refunded_quantity
    return session.scalars(select(left).where(OrderLine.order_id == order.id)).one()
