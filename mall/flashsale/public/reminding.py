"""Reminders: a shopper asks for one, a message goes out shortly before the start, once.

Whether a message may be sent at all is for the message quota to say: one accepted prompt, one
message (一次性订阅). Asking for a reminder spends nothing; sending it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.flashsale.errors import SessionNotFound, SessionStarted
from mall.flashsale.models import ARMED, DRAFT, PAUSED, FlashReminder, FlashSession
from mall.flashsale.settings import STARTING_TEMPLATE
from mall.kernel import jobs
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db_now, transaction
from mall.messages import quota
from mall.messages.kinds import Content, Kind
from mall.messages.sending import send_soon
from mall.settings import MessageTemplate

AHEAD = timedelta(minutes=5)
"""How long before the start reminders go out."""
BATCH = 500
NOTE = "您关注的秒杀即将开始"
_GOES_ON = or_(FlashSession.state == ARMED, and_(FlashSession.state == DRAFT, FlashSession.ready))
_ANNOUNCED = or_(_GOES_ON, FlashSession.state == PAUSED)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A shopper's reminder of a session. `remaining`: messages of its template that the
    shopper still allows; none, and nothing will be sent unless a prompt is accepted."""

    session_id: int
    template_id: str | None
    remaining: int


def remind(session_id: int, user_id: int) -> Reminder:
    """Remind a shopper of a session that is still to start. Asking again changes nothing.

    Raises SessionNotFound, SessionStarted.
    """
    template_id = STARTING_TEMPLATE.get().template_id
    with transaction() as session:
        row = session.execute(
            select(FlashSession.starts_at).where(FlashSession.id == session_id, _ANNOUNCED)
        ).one_or_none()
        if row is None:
            raise SessionNotFound
        if row.starts_at <= db_now(session):
            raise SessionStarted
        session.execute(
            insert(FlashReminder)
            .values(session_id=session_id, user_id=user_id)
            .on_conflict_do_nothing()
        )
        left = quota.remaining(session, user_id, [template_id]) if template_id else {}
    return Reminder(session_id, template_id or None, left.get(template_id, 0))


def forget(session_id: int, user_id: int) -> None:
    """Don't remind a shopper after all. Saying so again changes nothing."""
    with transaction() as session:
        session.execute(
            delete(FlashReminder).where(
                FlashReminder.session_id == session_id,
                FlashReminder.user_id == user_id,
                FlashReminder.sent_at.is_(None),
            )
        )


@jobs.job("flashsale.send_reminders", retry=jobs.SWEEP, cron="* * * * * */30")
def send_reminders() -> None:
    """Send the reminders of sessions that start soon, once each, in batches."""
    while send_batch() == BATCH:
        pass


def send_batch() -> int:
    """Send one batch; how many there were."""
    now = func.clock_timestamp()
    key = tuple_(FlashReminder.session_id, FlashReminder.user_id)
    with transaction() as session:
        due = (
            select(FlashReminder.session_id, FlashReminder.user_id)
            .join(FlashSession, FlashSession.id == FlashReminder.session_id)
            .where(
                FlashReminder.sent_at.is_(None),
                _GOES_ON,
                FlashSession.starts_at > now,
                FlashSession.starts_at <= now + AHEAD,
            )
            .limit(BATCH)
            .with_for_update(skip_locked=True, of=FlashReminder)
        )
        found = session.execute(due).all()
        if found:
            session.execute(
                update(FlashReminder)
                .where(key.in_([tuple(row) for row in found]))
                .values(sent_at=now)
                .execution_options(synchronize_session=False)
            )
        for row in found:
            send_soon(session, KIND.name, f"{row.session_id}:{row.user_id}", row.user_id)
    return len(found)


def mine(session: Session, user_id: int) -> list[int]:
    """The sessions that a shopper will be reminded of."""
    rows = session.scalars(
        select(FlashReminder.session_id)
        .join(FlashSession, FlashSession.id == FlashReminder.session_id)
        .where(
            FlashReminder.user_id == user_id,
            FlashSession.starts_at > func.clock_timestamp(),
        )
        .order_by(FlashReminder.session_id)
    )
    return list(rows)


def _write(session: Session, template: MessageTemplate, ref: str) -> Content:
    session_id = int(ref.partition(":")[0])
    row: Any = session.execute(
        select(FlashSession.name, FlashSession.starts_at).where(FlashSession.id == session_id)
    ).one()
    values = {
        "name": row.name,
        "starts_at": row.starts_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M"),
        "note": NOTE,
    }
    return Content(template.data(values), template.page_for(session_id=session_id))


KIND = Kind("flash_starting", STARTING_TEMPLATE, _write, good_for=2 * AHEAD)
