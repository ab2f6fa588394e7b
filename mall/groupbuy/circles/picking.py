"""Which of an activity's tier sets a leader is offered first, and why.

Only the order of the offer goes by the leader: each set has its own prices for everybody, and
the leader may always take another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.circles.ties import CIRCLE_DAYS, ties_of

Why = Literal["first", "too_little", "circle"]
_CIRCLE = text(
    f"""
    WITH leaders AS (SELECT CAST(:user_id AS bigint) AS leader_id),
    ties AS ({ties_of("leaders")})
    SELECT count(DISTINCT other_id) AS size,
        count(DISTINCT other_id) FILTER (WHERE kind = 'joined') AS joined,
        count(DISTINCT other_id) FILTER (WHERE kind = 'opened') AS opened,
        count(DISTINCT other_id) FILTER (WHERE kind = 'brought') AS brought,
        count(DISTINCT other_id) FILTER (WHERE kind = 'met') AS met
    FROM ties
    """  # noqa: S608 - a query of ours
)
_SINCE = text("SELECT clock_timestamp() - make_interval(days => :days)")
_FIRST = text(
    "SELECT id FROM groupbuy_tier_sets WHERE activity_id = :activity_id ORDER BY position LIMIT 1"
)
_STARTS = text(
    """
    SELECT s.tier_set_id, s.min_circle FROM groupbuy_tier_sets t
    JOIN groupbuy_set_starts s ON s.tier_set_id = t.id
    WHERE t.activity_id = :activity_id ORDER BY s.min_circle DESC
    """
)


@dataclass(frozen=True, slots=True)
class Circle:
    """How many others were active with a shopper of late. One person counts once in `size`:
    they `joined` a team that the shopper led, `opened` a share, were `brought`, or `met` the
    shopper in small teams."""

    size: int
    joined: int
    opened: int
    brought: int
    met: int


@dataclass(frozen=True, slots=True)
class PickedSet:
    """The set that is offered first. `why`: it is the activity's `first`, as the activity doesn't
    pick; there was `too_little` to pick by, so it is the first, too; or the leader's `circle` is
    at least `min_circle`."""

    tier_set_id: int
    why: Why
    circle: Circle | None = None
    min_circle: int | None = None

    @property
    def explained(self) -> str:
        """What the leader reads beside the offer."""
        if self.why != "circle" or self.circle is None:
            return "默认档位，您也可以选择其他档位"
        return (
            f"近 {CIRCLE_DAYS} 天有 {self.circle.size} 位好友参加过您的拼团、打开过您的分享"
            "或与您多次同团，据此优先展示该档位；每个档位的价格对所有人相同，您可以任选其他档位"
        )


def active_circle(session: Session, user_id: int) -> Circle:
    """The circle of a shopper, of the last CIRCLE_DAYS."""
    since = session.scalar(_SINCE, {"days": CIRCLE_DAYS})
    row = session.execute(_CIRCLE, {"user_id": user_id, "ties_since": since}).one()
    return Circle(*row)


def picked_set(session: Session, activity: GroupActivity, user_id: int) -> PickedSet:
    """The set that this leader is offered first of those that staff approved."""
    if activity.picks_set:
        starts = session.execute(_STARTS, {"activity_id": activity.id}).all()
        return _by_circle(session, activity, user_id, starts)
    return PickedSet(_first(session, activity), "first")


def _by_circle(session: Session, activity: GroupActivity, user_id: int, starts: Any) -> PickedSet:
    if not starts:
        return PickedSet(_first(session, activity), "too_little")
    circle = active_circle(session, user_id)
    for start in starts:
        if circle.size >= start.min_circle:
            return PickedSet(start.tier_set_id, "circle", circle, start.min_circle)
    return PickedSet(_first(session, activity), "too_little", circle)


def _first(session: Session, activity: GroupActivity) -> int:
    found: int = session.execute(_FIRST, {"activity_id": activity.id}).scalar_one()
    return found
