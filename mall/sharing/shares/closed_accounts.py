"""Who closes the account: their shares and all that stands on them go; as an opener of others'
shares they become nobody, so that the others' counts stay right.

A new shopper who leaves soon after a share brought them counts for it no more: the same WeChat may
log in as a new shopper again and again.
"""

from __future__ import annotations

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.sharing.shares.events import ShareShopperLeft
from mall.sharing.shares.models import Share, ShareDay, ShareOpen, ShareShopper
from mall.sharing.shares.settings import SHARE_STAY_DAYS
from mall.users.erasing import Eraser

_LEAVE = text(
    """
    UPDATE share_shoppers n SET opener_id = NULL,
        left_at = CASE WHEN u.closed_at < u.created_at + make_interval(days => :stay_days)
                  THEN u.closed_at END
    FROM users u WHERE n.opener_id = :user_id AND u.id = n.opener_id
    RETURNING n.id, n.sharer_id, n.counted AND n.left_at IS NOT NULL AS left_soon
    """
)


def _erase(session: Session, user_id: int) -> None:
    given = {"user_id": user_id, "stay_days": SHARE_STAY_DAYS.get()}
    for brought in session.execute(_LEAVE, given).all():
        if brought.left_soon:
            publish(session, ShareShopperLeft(brought.sharer_id, brought.id))
    session.execute(update(ShareOpen).where(ShareOpen.opener_id == user_id).values(opener_id=None))
    for table in (ShareOpen, ShareShopper):
        session.execute(delete(table).where(table.sharer_id == user_id))
    for own in (Share, ShareDay):
        session.execute(delete(own).where(own.user_id == user_id))


SHARES = Eraser(
    "sharing",
    _erase,
    "EXISTS (SELECT 1 FROM shares s WHERE s.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM share_days d WHERE d.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM share_opens o WHERE u.id IN (o.sharer_id, o.opener_id))"
    " OR EXISTS (SELECT 1 FROM share_shoppers n WHERE u.id IN (n.sharer_id, n.opener_id))",
)
