"""A shopper locks points: the offer's budget first, then the shopper's count, then the account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.points.ledger import holding
from mall.points.ledger.kinds import LOCK
from mall.points.ledger.validity import end_of_day
from mall.points.lockups.errors import (
    LockupAmount,
    LockupBudgetSpent,
    LockupLimit,
    LockupOfferClosed,
    LockupOfferNotFound,
)
from mall.points.lockups.models import Lockup, LockupOffer

# One statement holds all terms, so none can change between the look and the lock.
_RESERVE = text(
    """
    UPDATE lockup_offers
    SET promised = promised + CAST(:points AS bigint) * rate_bp / 10000
    WHERE id = :offer_id AND NOT paused
      AND opens_at <= clock_timestamp() AND closes_at > clock_timestamp()
      AND :points BETWEEN min_points AND max_points
      AND promised + paid + CAST(:points AS bigint) * rate_bp / 10000 <= budget
    RETURNING days, per_shopper, CAST(:points AS bigint) * rate_bp / 10000 AS gain
    """
)
_COUNT = text(
    """
    INSERT INTO lockup_counts (offer_id, user_id, locks) VALUES (:offer_id, :user_id, 1)
    ON CONFLICT (offer_id, user_id) DO UPDATE SET locks = lockup_counts.locks + 1
    WHERE lockup_counts.locks < :per_shopper
    RETURNING locks
    """
)


def source_of(lockup_id: int) -> str:
    """The source of a lock's hold and gain in the ledger."""
    return f"lockup:{lockup_id}"


def lock(user_id: int, offer_id: int, points: int) -> int:
    """Lock `points` by an offer until a shop day's end; the lock's id.

    Its gain is reserved from the budget. Raises LockupOfferNotFound, LockupOfferClosed,
    LockupAmount, LockupBudgetSpent, LockupLimit, PointsShort.
    """
    with transaction() as session:
        terms = _reserve(session, offer_id, points)
        who = {"offer_id": offer_id, "user_id": user_id}
        if session.execute(_COUNT, {**who, "per_shopper": terms.per_shopper}).first() is None:
            raise LockupLimit
        lockup_id: int = session.execute(
            insert(Lockup)
            .values(
                **who,
                points=points,
                gain=terms.gain,
                matures_at=end_of_day(db_now(session), terms.days),
            )
            .returning(Lockup.id)
        ).scalar_one()
        holding.hold(session, user_id, source_of(lockup_id), points, kind=LOCK)
        return lockup_id


def _reserve(session: Session, offer_id: int, points: int) -> Any:
    reserved = session.execute(_RESERVE, {"offer_id": offer_id, "points": points}).one_or_none()
    if reserved is not None:
        return reserved
    offer = session.scalar(
        select(LockupOffer)
        .where(LockupOffer.id == offer_id)
        .execution_options(populate_existing=True)
    )
    if offer is None:
        raise LockupOfferNotFound
    now = db_now(session)
    if offer.paused or not offer.opens_at <= now < offer.closes_at:
        raise LockupOfferClosed
    if not offer.min_points <= points <= offer.max_points:
        raise LockupAmount(
            f"每次可锁定 {offer.min_points} 至 {offer.max_points} 积分", param="points"
        )
    raise LockupBudgetSpent
