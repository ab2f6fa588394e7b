"""What an order earns is kept up to what has become of the order.

Each fact (paid, refunded, settled) calls `keep`, which looks at the order as it stands. So facts
may come in any order, late or again: the outcome is the same. Lock order: the order, the account.
"""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.kernel.ledger import Reason
from mall.orders.errors import OrderNotFound
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder, lock_order
from mall.points.earning.models import EarningPlan, PointsEarned, PointsEarnedLine
from mall.points.earning.queries import earned_lines, paying_lines, plan_at
from mall.points.earning.rates import earned
from mall.points.ledger import accounts, posting
from mall.points.ledger.forfeiting import is_closed
from mall.points.ledger.kinds import EARN
from mall.points.ledger.validity import valid_until

_BACK = text(
    """
    WITH back AS (
        SELECT e.order_id, e.position, least(sum(r.amount_fen), e.base_fen) AS fen
        FROM points_earned_lines e
        JOIN order_lines l ON l.order_id = e.order_id AND l.position = e.position
        JOIN refund_lines r ON r.order_line_id = l.id
        JOIN refunds f ON f.id = r.refund_id AND f.order_id = :order_id AND f.status = 'succeeded'
        WHERE e.order_id = :order_id GROUP BY e.order_id, e.position
    )
    UPDATE points_earned_lines e SET back_fen = b.fen FROM back b
    WHERE e.order_id = b.order_id AND e.position = b.position AND e.back_fen < b.fen
    """
)


def keep(session: Session, order_no: str) -> None:
    """Record what the order earns, take back what went back, free what is settled.

    Nothing for an order that isn't paid, whose kind doesn't earn, or that was paid before there
    was a plan. Safe to repeat.
    """
    if session.scalar(select(EarningPlan.version).limit(1)) is None:
        return
    try:
        order = lock_order(session, order_no)
    except OrderNotFound:
        return
    if order.paid_at is None or not kind_named(order.kind).earns:
        return
    known = _record_of(session, order.id)
    if known is None:
        if not _grant(session, order):
            return
        known = _record_of(session, order.id)
    if known is None:
        return
    _take_back(session, known)
    if known.entry_id is not None and order.settled_at is not None and known.thawed_at is None:
        posting.thaw(session, known.entry_id, valid_until(db_now(session)))
        _set(session, order.id, thawed_at=func.clock_timestamp())


def _record_of(session: Session, order_id: int) -> PointsEarned | None:
    return session.scalars(
        select(PointsEarned)
        .where(PointsEarned.order_id == order_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _grant(session: Session, order: LockedOrder) -> bool:
    """By the plan in force when the order was paid, frozen; False when there was none."""
    lines = paying_lines(session, order.id)
    found = plan_at(session, order.paid_at, [line.sku_id for line in lines])
    if found is None:
        return False
    accounts.lock(session, order.user_id)
    if is_closed(session, order.user_id):
        lines = []
    rates = found.rates(lines)
    points = earned((rates[line.position], line.payable_fen) for line in lines)
    entry_id = None
    if points:
        reason = Reason(EARN, f"order:{order.order_no}")
        entry_id = posting.post(session, order.user_id, reason, points, frozen=True).entry_id
    values = {"version": found.plan.version, "entry_id": entry_id, "points": points}
    session.execute(insert(PointsEarned).values(order_id=order.id, **values))
    rows = [
        {
            "order_id": order.id,
            "position": line.position,
            "rate": rates[line.position],
            "base_fen": line.payable_fen,
        }
        for line in lines
        if rates[line.position]
    ]
    if rows:
        session.execute(insert(PointsEarnedLine), rows)
    return True


def _take_back(session: Session, known: PointsEarned) -> None:
    """What of the grant the money that went back had earned, by the recorded rates."""
    session.execute(_BACK, {"order_id": known.order_id})
    lines = earned_lines(session, known.order_id)
    kept = earned((line.rate, line.base_fen - line.back_fen) for line in lines)
    due = known.points - kept
    if due > known.reversed and known.entry_id is not None:
        posting.reverse(session, known.entry_id, Fraction(due, known.points))
        _set(session, known.order_id, reversed=due)


def _set(session: Session, order_id: int, **values: object) -> None:
    session.execute(
        update(PointsEarned).where(PointsEarned.order_id == order_id).values(**values),
        execution_options={"synchronize_session": False},
    )
