"""WeChat accepted a message, but couldn't deliver it: it can be read in the inbox."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.messages import inbox
from mall.messages.kinds import KINDS
from mall.messages.models import Message
from mall.messages.states import ENDED, Candidate, move, release

MAX_ERROR = 200


def mark_undelivered(session: Session, user_id: int, wechat_id: str, code: str, error: str) -> None:
    """A message that WeChat said it had sent is `refused` after all; it counts for no day.

    A number that we don't know changes nothing.
    """
    sent = session.scalars(
        select(Message.id).where(
            Message.wechat_id == wechat_id, Message.user_id == user_id, Message.status == "sent"
        )
    ).all()
    for message_id in sent:
        row = move(
            session,
            message_id,
            "sent",
            "refused",
            sent_at=None,
            error_code=code[:MAX_ERROR],
            error=error[:MAX_ERROR],
        )
        kind = KINDS.get(row.kind) if row is not None else None
        if row is None or kind is None:
            continue
        release(session, row)
        inbox.land(session, kind, [Candidate(row.id, row.user_id, row.ref, row.good_until)])
        ENDED.labels(row.purpose, "refused").inc()
