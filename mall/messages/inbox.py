"""The shopper's inbox in the mini-program: what couldn't be sent by WeChat can be read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.messages.errors import MessageNotFound
from mall.messages.kinds import Kind
from mall.messages.models import InboxMessage
from mall.messages.states import Candidate
from mall.users.queries import open_accounts

KEPT = timedelta(days=90)
BATCH = 5_000


def land(session: Session, kind: Kind, messages: Iterable[Candidate]) -> None:
    """Put messages of one kind into their shoppers' inboxes, once each.

    One that has nothing to say any more is left out, and so is who closed the account.
    """
    template = kind.template.get()
    rows = []
    messages = list(messages)
    readers = open_accounts(session, {one.user_id for one in messages})
    for one in messages:
        if one.user_id not in readers:
            continue
        content = kind.write(session, one.ref, one.user_id)
        if content is not None:
            rows.append(
                {
                    "message_id": one.id,
                    "user_id": one.user_id,
                    "kind": kind.name,
                    "title": content.title,
                    "body": content.body,
                    "page": template.page_for(**content.page_values),
                }
            )
    if rows:
        session.execute(
            insert(InboxMessage).on_conflict_do_nothing(constraint="uq_inbox_messages_message_id"),
            rows,
        )


def take_back(session: Session, message_id: int) -> None:
    """Remove a message that is to be sent after all, unless the shopper has read it."""
    session.execute(
        delete(InboxMessage).where(
            InboxMessage.message_id == message_id, InboxMessage.read_at.is_(None)
        )
    )


def messages(
    session: Session, user_id: int, *, before: int | None, limit: int
) -> Sequence[InboxMessage]:
    """A shopper's messages, newest first; one more than `limit`, for paging."""
    wanted = select(InboxMessage).where(InboxMessage.user_id == user_id)
    if before is not None:
        wanted = wanted.where(InboxMessage.id < before)
    return session.scalars(wanted.order_by(InboxMessage.id.desc()).limit(limit + 1)).all()


def unread(session: Session, user_id: int) -> int:
    """How many messages a shopper hasn't read: the badge."""
    counted = session.scalar(
        select(func.count()).where(InboxMessage.user_id == user_id, InboxMessage.read_at.is_(None))
    )
    return counted or 0


def read_one(user_id: int, inbox_id: int) -> None:
    """Mark one message as read; again changes nothing.

    Raises MessageNotFound, for another shopper's too.
    """
    with transaction() as session:
        found = session.scalar(
            update(InboxMessage)
            .where(InboxMessage.id == inbox_id, InboxMessage.user_id == user_id)
            .values(read_at=func.coalesce(InboxMessage.read_at, func.clock_timestamp()))
            .returning(InboxMessage.id)
        )
        if found is None:
            raise MessageNotFound


def read_all(user_id: int, up_to: int) -> None:
    """Mark all up to one (the newest that the shopper has seen) as read, none that came since."""
    with transaction() as session:
        session.execute(
            update(InboxMessage)
            .where(
                InboxMessage.user_id == user_id,
                InboxMessage.id <= up_to,
                InboxMessage.read_at.is_(None),
            )
            .values(read_at=func.clock_timestamp())
        )


@jobs.job("messages.empty_inboxes", retry=jobs.SWEEP, cron="41 * * * *")
def empty_inboxes() -> None:
    """Delete what is older than 90 days, in batches."""
    while delete_batch() == BATCH:
        pass


def delete_batch() -> int:
    """Delete one batch; how many there were."""
    with transaction() as session:
        old = (
            select(InboxMessage.id)
            .where(InboxMessage.created_at < func.now() - KEPT)
            .order_by(InboxMessage.created_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        deleted = session.scalars(
            delete(InboxMessage).where(InboxMessage.id.in_(old)).returning(InboxMessage.id),
            execution_options={"synchronize_session": False},
        ).all()
    return len(deleted)
