"""Sweeps over coupons."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from mall.coupons.events import CouponExpiringSoon
from mall.coupons.models import AVAILABLE, Coupon
from mall.coupons.settings import EXPIRING_DAYS
from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.kernel.events import publish

BATCH = 500


@jobs.job("coupons.warn_of_expiry", retry=jobs.SWEEP, cron="*/10 * * * *")
def warn_of_expiry() -> None:
    """Announce, once each, the coupons that will expire soon, in batches."""
    while warn_batch() == BATCH:
        pass


def warn_batch() -> int:
    """Announce one batch; how many there were.

    A coupon whose whole life is shorter than the warning is announced in its second half.
    """
    now = func.clock_timestamp()
    with transaction() as session:
        due = (
            select(Coupon.id)
            .where(
                Coupon.status == AVAILABLE,
                Coupon.warned_at.is_(None),
                Coupon.expires_at > now,
                Coupon.expires_at <= now + timedelta(days=EXPIRING_DAYS.get()),
                Coupon.expires_at - now <= now - Coupon.valid_from,
            )
            .order_by(Coupon.expires_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
            .cte()
        )
        found = session.execute(
            update(Coupon)
            .where(Coupon.id == due.c.id)
            .values(warned_at=now)
            .returning(Coupon.id, Coupon.user_id),
            execution_options={"synchronize_session": False},
        ).all()
        for row in found:
            publish(session, CouponExpiringSoon(row.id, row.user_id))
    return len(found)
