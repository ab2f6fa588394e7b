"""The message quota of a shopper: one accepted prompt allows one message of one template."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.messages.models import MessageGrant

Source = Literal["reported", "pushed"]
GRANTED = func.greatest(MessageGrant.reported, MessageGrant.pushed)


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


def take(session: Session, user_id: int, template_id: str) -> bool:
    """Use one message of the quota; False when none is left."""
    return _count(session, user_id, template_id, 1)


def give_back(session: Session, user_id: int, template_id: str) -> bool:
    """Return one that WeChat surely didn't use; False when none is in use any more."""
    return _count(session, user_id, template_id, -1)


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


def _count(session: Session, user_id: int, template_id: str, change: int) -> bool:
    used = MessageGrant.used + change
    found = session.scalar(
        update(MessageGrant)
        .where(
            MessageGrant.user_id == user_id,
            MessageGrant.template_id == template_id,
            used >= 0,
            used <= GRANTED,
        )
        .values(used=used, updated_at=func.clock_timestamp())
        .returning(MessageGrant.user_id)
    )
    return found is not None
