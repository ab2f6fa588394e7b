"""Facts after which a shopper may have grown."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.referral.growth.growing import grow
from mall.referral.invites.events import InviteChanged
from mall.referral.lessons.events import LessonPassed
from mall.referral.promoters.events import PromoterChanged


def grow_on_event(session: Session, event: OrderSettled | LessonPassed | PromoterChanged) -> None:
    """An order is settled, a lesson was passed, or somebody was accepted."""
    grow(session, event.user_id)


def grow_on_invite(session: Session, event: InviteChanged) -> None:
    """Somebody who was brought counts for the inviter, or no more."""
    grow(session, event.inviter_id)
