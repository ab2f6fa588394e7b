"""The check-in: once a shop day, at the same cost after one day and after a thousand.

Lock order: the shopper's state, the cycle, then what the rewards lock (rules ascending).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.prepared import PreparedStatement
from mall.missions import cycles
from mall.missions.cycles import Counted
from mall.missions.errors import CheckInClosed
from mall.missions.milestones import Milestone, event_of, newly_reached
from mall.missions.queries import CheckInView, check_in_of, today
from mall.missions.settings import CHECK_IN_OPEN
from mall.rewards.granting import Source, grant
from mall.users.errors import AccountClosed

# One statement decides: it gives no row when the day (or a later one) is there already. Who
# waits for another press and then finds a new day begun has pressed on the new day.
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
_KEEP = PreparedStatement(
    """
    INSERT INTO check_ins (user_id, day, cycle_id, streak, rewards)
    VALUES (:user_id, CAST(:day AS date), :cycle_id, :streak, CAST(:rewards AS jsonb))
    RETURNING created_at
    """
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
            return check_in_of(session, user_id, today(session))
        day, streak = marked.day, marked.streak
        run = (day - timedelta(days=streak - 1), day)
        counted = cycles.count_day(session, user_id, day, run)
        if counted is None:
            counted = cycles.begin(session, user_id, day)
        rewards = give(session, user_id, day, counted)
        kept = _KEEP.rows(
            session,
            user_id=user_id,
            day=day,
            cycle_id=counted.cycle_id,
            streak=streak,
            rewards=Jsonb(rewards),
        )[0]
        return CheckInView(day, streak, rewards, kept.created_at)


def give(session: Session, user_id: int, day: date, counted: Counted) -> list[dict[str, Any]]:
    """Give what `day` reached in its cycle; each with how it went. Raises AccountClosed."""
    reached = newly_reached(counted.milestones, counted.before, counted.now)
    return [_give(session, user_id, one, event_of(one, counted.now, day)) for one in reached]


def _give(session: Session, user_id: int, milestone: Milestone, event: str) -> dict[str, Any]:
    refusal: MallError | None = None
    try:
        with session.begin_nested():
            grant(session, user_id, Source(milestone.rule_id, event), milestone.reward)
    except AccountClosed:
        raise
    except MallError as refused:
        refusal = refused
    return {
        "kind": milestone.kind,
        "at": milestone.at,
        "name": milestone.name,
        "reward": [asdict(part) for part in milestone.reward],
        "granted": refusal is None,
        "code": refusal.code if refusal else None,
        "message": refusal.message if refusal else None,
    }
