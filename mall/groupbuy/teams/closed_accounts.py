"""Group-buy when a shopper closes the account: whose teams they looked at is erased.

A seat is an order, which hinders closing until it is over, and is kept by the shopper's id then.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.groupbuy.teams.models import GroupVisit
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(GroupVisit).where(GroupVisit.user_id == user_id))


VISITS = Eraser(
    "group visits",
    _erase,
    "EXISTS (SELECT 1 FROM groupbuy_visits v WHERE v.user_id = u.id)",
)
