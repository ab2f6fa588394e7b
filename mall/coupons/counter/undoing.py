"""Staff undo a redemption, on the shop day on which it was made."""

from __future__ import annotations

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.coupons.counter.errors import RedemptionNotFound, RedemptionTooOld, RedemptionUndone
from mall.coupons.counter.models import CounterRedemption
from mall.coupons.counter.redeeming import must_serve
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.staff.audit import record

_GIVE_BACK = text(
    """
    UPDATE coupons
    SET status = CASE WHEN revoked_at IS NULL THEN 'available' ELSE 'revoked' END, used_at = NULL
    WHERE id = :coupon_id AND status = 'redeemed'
    """
)


def undo(staff_id: int, redemption_id: int, reason: str) -> None:
    """Give the coupon of a redemption back; its time has run on.

    One that was taken back meanwhile is revoked. Raises RedemptionNotFound, CounterNotHere,
    RedemptionUndone, RedemptionTooOld.
    """
    with transaction() as session:
        known = select(CounterRedemption.point_id).where(CounterRedemption.id == redemption_id)
        point_id = session.scalar(known)
        if point_id is None:
            raise RedemptionNotFound
        must_serve(session, point_id, staff_id)
        coupon_id = _mark(session, redemption_id, staff_id, reason)
        session.execute(_GIVE_BACK, {"coupon_id": coupon_id})
        record(
            session,
            action="coupon.undo_redemption",
            target_type="coupon",
            target_id=coupon_id,
            after={"redemption_id": str(redemption_id), "reason": reason},
        )


def _mark(session: Session, redemption_id: int, staff_id: int, reason: str) -> int:
    today = shop_day(db_now(session))
    coupon_id: int | None = session.scalar(
        update(CounterRedemption)
        .where(
            CounterRedemption.id == redemption_id,
            CounterRedemption.undone_at.is_(None),
            CounterRedemption.day == today,
        )
        .values(undone_at=func.clock_timestamp(), undone_by=staff_id, undone_reason=reason)
        .returning(CounterRedemption.coupon_id),
        execution_options={"synchronize_session": False},
    )
    if coupon_id is not None:
        return coupon_id
    undone_at = session.scalar(
        select(CounterRedemption.undone_at).where(CounterRedemption.id == redemption_id)
    )
    raise RedemptionTooOld if undone_at is None else RedemptionUndone
