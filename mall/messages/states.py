"""The states of a message, and how it gets from one to the next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from prometheus_client import Counter
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.messages import daily_cap, quota
from mall.messages.kinds import Kind
from mall.messages.models import Message

ENDED = Counter(
    "mall_messages_total",
    "Messages to shoppers by what they are for and how they ended",
    ["purpose", "status"],
)


class Candidate(NamedTuple):
    """A message that is to be decided on."""

    id: int
    user_id: int
    ref: str
    good_until: datetime | None


def move(session: Session, message_id: int, old: str, new: str, **values: Any) -> Any:
    """From one status to the next: the row, or None when it isn't in `old` (any more).

    The row has `now`, by the database's clock.
    """
    return session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == old)
        .values(status=new, **values)
        .returning(
            Message.id,
            Message.kind,
            Message.purpose,
            Message.ref,
            Message.user_id,
            Message.template_id,
            Message.good_until,
            Message.counted_on,
            func.clock_timestamp().label("now"),
        )
    ).one_or_none()


def set_all(session: Session, message_ids: Collection[int], **values: Any) -> None:
    """Write the same values to several messages, which must be locked or new."""
    if message_ids:
        session.execute(
            update(Message)
            .where(Message.id.in_(message_ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def end(session: Session, kind: Kind, message_ids: Collection[int], status: str) -> None:
    """Give several messages of one kind a status in which they stay."""
    set_all(session, message_ids, status=status, not_before=None)
    if message_ids:
        ENDED.labels(kind.purpose, status).inc(len(message_ids))


def release(session: Session, row: Any) -> None:
    """Give back what a message holds and surely doesn't use: its place in the day, its prompt."""
    if row.counted_on is not None:
        daily_cap.give_back(session, row.user_id, row.counted_on)
        set_all(session, [row.id], counted_on=None, handed_at=None)
    if row.template_id is not None:
        quota.give_back(session, row.user_id, row.template_id)


def status_of(session: Session, message_id: int) -> str | None:
    """Its status as it is written now; None when there is no such message."""
    return session.scalar(select(Message.status).where(Message.id == message_id))
