"""The check-in: once a shop day, at the same cost after one day and after a thousand.

Lock order: the shopper's state, the cycle, then what the rewards lock (rules ascending).
"""

from __future__ import annotations

from datetime import timedelta

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.missions.checkin import cycles
from mall.missions.checkin.errors import CheckInClosed
from mall.missions.checkin.keeping import keep
from mall.missions.checkin.queries import CheckInView, newest_check_in
from mall.missions.checkin.settings import CHECK_IN_OPEN

# One statement decides: it gives no row when the day (or a later one) is there already. The day is
# that of the press, also for a press that waits for another one over midnight.
_MARK = PreparedStatement(
    f"""
    INSERT INTO check_in_states AS s (user_id, last_day, streak, longest, total)
    VALUES (:user_id, CAST(timezone('{SHOP_ZONE.key}', clock_timestamp()) AS date), 1, 1, 1)
    ON CONFLICT (user_id) DO UPDATE SET
        last_day = excluded.last_day,
        streak = CASE WHEN s.last_day = excluded.last_day - 1 THEN s.streak + 1 ELSE 1 END,
        longest = greatest(
            s.longest, CASE WHEN s.last_day = excluded.last_day - 1 THEN s.streak + 1 ELSE 1 END
        ),
        total = s.total + 1
    WHERE s.last_day < excluded.last_day
    RETURNING last_day AS day, streak
    """  # noqa: S608
)


def check_in(user_id: int) -> CheckInView:
    """Check the shopper in for this shop day; again gives nothing and says the first.

    Rewards that the day reaches are given at once; one that is refused (its budget is spent,
    its rule paused) doesn't stop the check-in, and the answer says why.
    Raises CheckInClosed, AccountClosed.
    """
    if not CHECK_IN_OPEN.get():
        raise CheckInClosed
    with transaction() as session:
        marked = _MARK.first(session, user_id=user_id)
        if marked is None:
            return newest_check_in(session, user_id)
        day, streak = marked.day, marked.streak
        run = (day - timedelta(days=streak - 1), day)
        counted = cycles.count_day(session, user_id, day, run)
        if counted is None:
            counted = cycles.begin(session, user_id, day)
        return keep(session, user_id, day, streak, counted)
