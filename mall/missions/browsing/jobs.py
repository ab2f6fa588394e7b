"""Old looks at pages go."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.missions.browsing.settings import VIEW_KEEP_DAYS

BATCH = 2_000
_FORGET = text(
    f"""
    WITH old AS (
        SELECT user_id, day FROM view_days
        WHERE day < CAST(timezone('{SHOP_ZONE.key}', clock_timestamp()) AS date) - :keep
        ORDER BY day LIMIT :batch FOR UPDATE SKIP LOCKED
    ), looks AS (
        DELETE FROM view_sessions s USING old WHERE s.user_id = old.user_id AND s.day = old.day
    )
    DELETE FROM view_days d USING old WHERE d.user_id = old.user_id AND d.day = old.day
    RETURNING 1
    """  # noqa: S608
)


@job("missions.forget_views", retry=SWEEP, cron="40 17 * * *")
def forget_views() -> None:
    """Delete what is older than the owner keeps, a bounded number of days a transaction."""
    gone = BATCH
    while gone == BATCH:
        with transaction() as session:
            given = {"keep": VIEW_KEEP_DAYS.get(), "batch": BATCH}
            gone = len(session.execute(_FORGET, given).all())
