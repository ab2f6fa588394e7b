"""What the till forgets by the clock."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from mall.kernel import jobs
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.points.till.models import TillCode, TillDay
from mall.users.shown_codes import forget

KEPT = timedelta(days=30)


@jobs.job("points.forget_till_codes", retry=jobs.SWEEP, cron="40 19 * * *")
def forget_till_codes() -> None:
    """Delete codes that ended a day ago, and counts of days long past; entries stay."""
    with transaction() as session:
        forget(session, TillCode)
        session.execute(delete(TillDay).where(TillDay.day < shop_day(db_now(session)) - KEPT))
