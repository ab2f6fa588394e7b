"""The message quota of a shopper: one accepted prompt allows one message of one template."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.messages.models import MessageGrant

Source = Literal["reported", "pushed"]
GRANTED = func.greatest(MessageGrant.reported, MessageGrant.pushed)
# Locked in the order of the shoppers, so that two batches can't wait for each other.
_TAKE = text(
    """
    UPDATE message_grants g SET used = g.used + 1, updated_at = clock_timestamp()
    FROM (
        SELECT user_id FROM message_grants
        WHERE template_id = :template_id AND user_id = ANY (CAST(:user_ids AS bigint[]))
        ORDER BY user_id FOR UPDATE
    ) locked
    WHERE g.user_id = locked.user_id AND g.template_id = :template_id
      AND g.used + :kept < greatest(g.reported, g.pushed)
    RETURNING g.user_id
    """
)


def allow(session: Session, user_id: int, template_id: str, source: Source) -> None:
    """The shopper accepted one prompt, as the client reports or as WeChat pushes."""
    session.execute(
        insert(MessageGrant)
        .values(user_id=user_id, template_id=template_id, **{source: 1})
        .on_conflict_do_update(
            index_elements=[MessageGrant.user_id, MessageGrant.template_id],
            set_={
                source: getattr(MessageGrant, source) + 1,
                "updated_at": func.clock_timestamp(),
            },
        )
    )


def with_some_left(
    session: Session, user_ids: Collection[int], template_id: str, kept: int = 0
) -> set[int]:
    """The shoppers who allow more than `kept` messages now. Only `take` makes sure."""
    return set(
        session.scalars(
            select(MessageGrant.user_id).where(
                MessageGrant.user_id.in_(user_ids),
                MessageGrant.template_id == template_id,
                MessageGrant.used + kept < GRANTED,
            )
        )
    )


def take(session: Session, user_ids: Collection[int], template_id: str, kept: int = 0) -> set[int]:
    """Use one message of each shopper's quota, but leave `kept`; the shoppers who had one."""
    values = {"user_ids": int_array(user_ids), "template_id": template_id, "kept": kept}
    return set(session.scalars(_TAKE, values))


def give_back(session: Session, user_id: int, template_id: str) -> None:
    """Return one that WeChat surely didn't use. After a `clear` there is none to return."""
    session.execute(
        update(MessageGrant)
        .where(
            MessageGrant.user_id == user_id,
            MessageGrant.template_id == template_id,
            MessageGrant.used > 0,
        )
        .values(used=MessageGrant.used - 1, updated_at=func.clock_timestamp())
    )


def clear(session: Session, user_id: int, template_id: str) -> None:
    """Set the quota to 0: WeChat says that nothing is allowed, whatever we counted."""
    session.execute(
        update(MessageGrant)
        .where(MessageGrant.user_id == user_id, MessageGrant.template_id == template_id)
        .values(reported=0, pushed=0, used=0, updated_at=func.clock_timestamp())
    )


def remaining(session: Session, user_id: int, template_ids: Collection[str]) -> dict[str, int]:
    """Template id → how many messages may still be sent."""
    rows = session.execute(
        select(MessageGrant.template_id, GRANTED - MessageGrant.used).where(
            MessageGrant.user_id == user_id, MessageGrant.template_id.in_(template_ids)
        )
    )
    left = {template_id: int(count) for template_id, count in rows}
    return {template_id: left.get(template_id, 0) for template_id in template_ids}
