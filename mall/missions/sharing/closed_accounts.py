"""Who closes the account: their shares and all that stands on them go; as an opener of others'
shares they become nobody, so that the others' counts stay right."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from mall.missions.sharing.models import Share, ShareDay, ShareOpen, ShareOrder, ShareShopper
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    for fact in (ShareOpen, ShareShopper):
        session.execute(update(fact).where(fact.opener_id == user_id).values(opener_id=None))
    for table in (ShareOpen, ShareShopper, ShareOrder):
        session.execute(delete(table).where(table.sharer_id == user_id))
    for own in (Share, ShareDay):
        session.execute(delete(own).where(own.user_id == user_id))


SHARES = Eraser(
    "sharing",
    _erase,
    "EXISTS (SELECT 1 FROM shares s WHERE s.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM share_days d WHERE d.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM share_opens o WHERE u.id IN (o.sharer_id, o.opener_id))"
    " OR EXISTS (SELECT 1 FROM share_shoppers n WHERE u.id IN (n.sharer_id, n.opener_id))"
    " OR EXISTS (SELECT 1 FROM share_orders b WHERE b.sharer_id = u.id)",
)
