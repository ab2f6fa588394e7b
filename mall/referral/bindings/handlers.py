"""What binds a shopper: coming through a share, or opening one before the first order."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.referral.bindings.binding import Touch, bind
from mall.sharing.shares.events import ShareTouched
from mall.sharing.shares.handlers import share_of_registration
from mall.sharing.shares.models import ShareOpen
from mall.users.events import ShopperRegistered
from mall.users.models import User

UNDER_WAY = timedelta(days=1)
"""How late the event of an opening may come and still bind before an order does."""
MOST_TOUCHES = 20


def bind_new_shopper(session: Session, event: ShopperRegistered) -> None:
    """A new shopper came through somebody's share."""
    bind_by_registration(session, event.user_id)


def bind_by_registration(session: Session, user_id: int) -> int | None:
    """Bind a shopper to whose share they came by, if it is so and wasn't done: the binding's id."""
    share = share_of_registration(session, user_id)
    if share is None or share.user_id is None:
        return None
    came_at = session.scalars(select(User.created_at).where(User.id == user_id)).one()
    return bind(session, Touch(share.user_id, user_id, share.id, came_at))


def bind_by_touches(session: Session, user_id: int, at: datetime) -> None:
    """Bind a shopper to whose share they opened in the day before a moment, in that order, as far
    as the events of these openings are still under way."""
    opened = (
        select(ShareOpen.sharer_id, ShareOpen.share_id, ShareOpen.created_at)
        .where(
            ShareOpen.opener_id == user_id,
            ShareOpen.sharer_id.is_not(None),
            ShareOpen.created_at.between(at - UNDER_WAY, at),
        )
        .order_by(ShareOpen.created_at, ShareOpen.id)
        .limit(MOST_TOUCHES)
    )
    for one in session.execute(opened).all():
        bind(session, Touch(one.sharer_id, user_id, one.share_id, one.created_at))


def bind_on_touch(session: Session, event: ShareTouched) -> None:
    """A shopper opened somebody's share."""
    opened = session.get(ShareOpen, event.open_id, populate_existing=True)
    if opened is None or opened.opener_id is None or opened.sharer_id is None:
        return
    bind(session, Touch(opened.sharer_id, opened.opener_id, opened.share_id, opened.created_at))
