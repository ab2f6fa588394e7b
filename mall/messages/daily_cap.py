"""The cap on marketing: so many messages a shopper a shop day. One row counts, so it is exact."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import int_array, transaction
from mall.messages.models import MarketingDay

BATCH = 5_000
_FORGET = text(
    """
    DELETE FROM marketing_days WHERE (user_id, day) IN (
        SELECT user_id, day FROM marketing_days
        WHERE day < (now() AT TIME ZONE 'Asia/Shanghai')::date - 90
        LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING user_id
    """
)
# In the order of the shoppers, so that two batches can't wait for each other.
_COUNT = text(
    """
    INSERT INTO marketing_days AS d (user_id, day, counted, allowed)
    SELECT user_id, :day, 1, :cap FROM unnest(CAST(:user_ids AS bigint[])) AS user_id
    WHERE :cap > 0 ORDER BY user_id
    ON CONFLICT (user_id, day) DO UPDATE SET counted = d.counted + 1, allowed = :cap
    WHERE d.counted < :cap
    RETURNING user_id
    """
)


def count(session: Session, user_ids: Collection[int], day: date, cap: int) -> set[int]:
    """Count one more message for each shopper; those whose cap allowed it."""
    counted = session.scalars(_COUNT, {"user_ids": int_array(user_ids), "day": day, "cap": cap})
    return set(counted)


def give_back(session: Session, user_id: int, day: date) -> None:
    """Take one message off a shopper's day that surely isn't sent on it."""
    session.execute(
        update(MarketingDay)
        .where(MarketingDay.user_id == user_id, MarketingDay.day == day, MarketingDay.counted > 0)
        .values(counted=MarketingDay.counted - 1)
    )


@jobs.job("messages.forget_days", retry=jobs.SWEEP, cron="43 20 * * *")
def forget_days() -> None:
    """Delete the counts of days that are three months old, in batches."""
    found = BATCH
    while found == BATCH:
        with transaction() as session:
            found = len(session.execute(_FORGET, {"batch": BATCH}).all())
