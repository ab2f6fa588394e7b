"""What a shopper wants to be told of: one switch, for marketing."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.messages.kinds import Purpose
from mall.messages.models import Message, MessagePreference


def wants_marketing(session: Session, user_id: int) -> bool:
    """True unless the shopper opted out."""
    return not opted_out(session, [user_id])


def opted_out(session: Session, user_ids: Collection[int]) -> set[int]:
    """Those of the shoppers who want no marketing."""
    return set(
        session.scalars(
            select(MessagePreference.user_id).where(
                MessagePreference.user_id.in_(user_ids), MessagePreference.marketing.is_(False)
            )
        )
    )


def set_marketing(user_id: int, wanted: bool) -> None:
    """Turn marketing on or off, from this moment. What waits for its time is dropped.

    A message that is being handed to WeChat at this very moment may still arrive.
    """
    with transaction() as session:
        session.execute(
            insert(MessagePreference)
            .values(user_id=user_id, marketing=wanted)
            .on_conflict_do_update(
                index_elements=[MessagePreference.user_id],
                set_={"marketing": wanted, "updated_at": func.clock_timestamp()},
                where=MessagePreference.marketing.is_distinct_from(wanted),
            )
        )
        if not wanted:
            session.execute(
                update(Message)
                .where(
                    Message.user_id == user_id,
                    Message.purpose == Purpose.MARKETING,
                    Message.status == "waiting",
                )
                .values(status="opted_out", not_before=None)
            )
