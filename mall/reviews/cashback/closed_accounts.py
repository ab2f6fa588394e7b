"""Who closes the account: likes stay counted, without a name; an own show that isn't given is over,
and the devices go."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.reviews.cashback.devices import erase_writers
from mall.reviews.cashback.models import GONE, OPEN, CashbackLike, CashbackShow
from mall.reviews.cashback.settling import end, lock_show
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(
        update(CashbackLike).where(CashbackLike.user_id == user_id).values(user_id=None)
    )
    erase_writers(session, user_id)
    own = select(CashbackShow.id).where(
        CashbackShow.user_id == user_id, CashbackShow.status.in_(OPEN)
    )
    for show_id in session.scalars(own.order_by(CashbackShow.review_id)).all():
        show = lock_show(session, show_id)
        if show is not None and show.status in OPEN:
            end(session, show, GONE, cause="account_closed")


CASHBACK = Eraser(
    "cash for likes",
    _erase,
    "EXISTS (SELECT 1 FROM cashback_likes l WHERE l.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM cashback_shows s WHERE s.user_id = u.id"
    " AND (s.status IN ('collecting', 'reached')"
    " OR EXISTS (SELECT 1 FROM cashback_devices d WHERE d.show_id = s.id)))",
)
