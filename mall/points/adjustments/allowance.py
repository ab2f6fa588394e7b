"""How many points a staff member may move by hand on a shop day before another one is asked.

All ways of moving points by hand count together, so that nobody gets around the limit by using
two of them. A part of points that is such a way adds a `ByHand`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now
from mall.kernel.registry import Registry
from mall.points.settings import APPROVAL_ABOVE
from mall.rewards.grounds import lock_ground


@dataclass(frozen=True, slots=True)
class ByHand:
    """One way of moving points by hand.

    `moved(session, staff_id, since)` says how many points, given and taken alike, this staff
    member moved so since then, without what somebody else approved.
    """

    name: str
    moved: Callable[[Session, int, datetime], int]


BY_HAND: Registry[ByHand] = Registry("ways of moving points by hand", lambda way: way.name)


def needs_approval(session: Session, staff_id: int, points: int) -> bool:
    """Whether `points` more would pass `points.approval_above` for this staff member today.

    The answer holds until the commit: others of the same staff member wait.
    """
    limit = APPROVAL_ABOVE.get()
    if not limit:
        return False
    lock_ground(session, f"points:staff:{staff_id}")
    start = day_start(shop_day(db_now(session)))
    moved = sum(way.moved(session, staff_id, start) for way in BY_HAND.items().values())
    return moved + points > limit
