"""The one place where a promoter's row changes: the row, its history and the event together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.messages.sending import send_soon
from mall.referral.promoters import events
from mall.referral.promoters.errors import PromoterChanged, PromoterNotFound
from mall.referral.promoters.models import (
    ACTIVE,
    BLOCKED,
    BY_GROWTH,
    BY_STAFF,
    Promoter,
    PromoterChange,
)
from mall.referral.promoters.states import TRANSITIONS
from mall.staff.audit import staff_of_request

DECIDED_MESSAGE = "promoter_decided"
_TOLD = frozenset({BY_STAFF, BY_GROWTH})
"""What the shopper didn't do by themselves: they get a message of it."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a promoter changes. `rule_id` is the growth rule that was met."""

    cause: str
    reason: str | None = None
    rule_id: int | None = None


def lock_promoter(session: Session, user_id: int) -> Promoter | None:
    """The shopper's row, kept from others until the commit; None when they never applied."""
    return session.scalar(
        select(Promoter)
        .where(Promoter.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def locked(session: Session, user_id: int) -> Promoter:
    """The same. Raises PromoterNotFound."""
    promoter = lock_promoter(session, user_id)
    if promoter is None:
        raise PromoterNotFound
    return promoter


def insert_promoter(session: Session, why: Why, **values: Any) -> None:
    """The first row of a shopper. The caller catches the one that was there already."""
    now = func.clock_timestamp()
    times = {"active_at": now, "decided_at": now} if values["status"] == ACTIVE else {}
    session.execute(insert(Promoter).values(**values, **times, applied_at=now))
    _note(session, values["user_id"], None, values["status"], None, values["level_id"], why)


def change_promoter(session: Session, promoter: Promoter, why: Why, **values: Any) -> None:
    """Change a locked row. Raises PromoterChanged for a step that isn't allowed."""
    status = values.get("status", promoter.status)
    if status != promoter.status and status not in TRANSITIONS[promoter.status]:
        raise PromoterChanged
    if status == ACTIVE and promoter.status not in {ACTIVE, BLOCKED}:
        values["active_at"] = func.clock_timestamp()
    done = session.execute(
        update(Promoter)
        .where(Promoter.user_id == promoter.user_id, Promoter.status == promoter.status)
        .values(**values)
        .returning(Promoter.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not done:
        raise PromoterChanged
    level_id = values.get("level_id", promoter.level_id)
    _note(session, promoter.user_id, promoter.status, status, promoter.level_id, level_id, why)


def _note(  # noqa: PLR0917 - a row's columns
    session: Session,
    user_id: int,
    old_status: str | None,
    new_status: str,
    old_level_id: int | None,
    new_level_id: int,
    why: Why,
) -> None:
    staff = staff_of_request()
    change_id = session.scalar(
        insert(PromoterChange)
        .values(
            user_id=user_id,
            old_status=old_status,
            new_status=new_status,
            old_level_id=old_level_id,
            new_level_id=new_level_id,
            cause=why.cause,
            reason=why.reason,
            rule_id=why.rule_id,
            staff_id=staff.staff_id if staff else None,
        )
        .returning(PromoterChange.id)
    )
    if why.cause in _TOLD:
        send_soon(session, DECIDED_MESSAGE, str(change_id), user_id)
    publish(session, events.PromoterChanged(user_id))
