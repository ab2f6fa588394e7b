"""Which tier set a leader is offered first, of those that staff approved for an activity."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import DRAFT, GroupActivity, GroupTierSet
from mall.groupbuy.circles.picking import picked_set
from mall.groupbuy.errors import GroupActivityNotFound
from mall.groupbuy.orders.choice import Opening


def tier_sets(session: Session, activity_id: int) -> list[GroupTierSet]:
    """The tier sets of an activity, in their order."""
    of_activity = GroupTierSet.activity_id == activity_id
    return list(session.scalars(select(GroupTierSet).where(of_activity).order_by("position")))


def opening(
    session: Session,
    user_id: int,
    activity_id: int,
    tier_set_id: int | None = None,
    size: int | None = None,
) -> Opening:
    """A team to open, with the recommended tier set unless one is named.

    Raises GroupActivityNotFound.
    """
    if tier_set_id is None:
        activity = started_activity(session, activity_id)
        tier_set_id = picked_set(session, activity, user_id).tier_set_id
    return Opening(activity_id, tier_set_id, size)


def started_activity(session: Session, activity_id: int) -> GroupActivity:
    """An activity that is started, or was. Raises GroupActivityNotFound."""
    activity = session.get(GroupActivity, activity_id, populate_existing=True)
    if activity is None or activity.status == DRAFT:
        raise GroupActivityNotFound
    return activity
