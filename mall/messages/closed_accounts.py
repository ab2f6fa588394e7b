"""What messages do when a shopper closes the account: nothing is sent any more, the inbox is empty.

That a message was sent stays, by the shopper's id, and how many a day had.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.messages.models import InboxMessage, MessageGrant, MessagePreference
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    for table in (MessageGrant, MessagePreference, InboxMessage):
        session.execute(delete(table).where(table.user_id == user_id))


NEWS = Eraser(
    "messages",
    _erase,
    """
    EXISTS (SELECT 1 FROM message_grants g WHERE g.user_id = u.id)
    OR EXISTS (SELECT 1 FROM message_preferences p WHERE p.user_id = u.id)
    OR EXISTS (SELECT 1 FROM inbox_messages i WHERE i.user_id = u.id)
    """,
)
