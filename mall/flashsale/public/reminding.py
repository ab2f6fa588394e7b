"""Reminders: a shopper asks for one, a message goes out shortly before the start, once.

Whether a message may be sent at all is for the message quota to say: one accepted prompt, one
message (一次性订阅). Asking for a reminder spends nothing; sending it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.flashsale.errors import SessionNotFound, SessionStarted
from mall.flashsale.models import ARMED, DRAFT, PAUSED, FlashReminder, FlashSession
from mall.flashsale.settings import STARTING_TEMPLATE
from mall.kernel import jobs
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db_now, transaction
from mall.messages import quota
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon_to

AHEAD = timedelta(minutes=5)
"""How long before the start reminders go out."""
GOOD_FOR = timedelta(minutes=5)
"""How long after the start a reminder is still worth sending."""
BATCH = 500
NOTE = "您关注的秒杀即将开始"
_STARTING_SOON = f"""
    SELECT FROM flash_sessions
    WHERE starts_at > now() AND starts_at <= now() + interval '{AHEAD.total_seconds()} s'
"""
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


@jobs.job("flashsale.send_reminders", retry=jobs.SWEEP, cron="* * * * * */30", look=_STARTING_SOON)
def send_reminders() -> None:
    """Send the reminders of sessions that start soon, once each, in batches."""
    with transaction() as session:
        starting = _starting(session)
    for session_id, starts_at in starting:
        while send_batch(session_id, starts_at) == BATCH:
            pass


def _starting(session: Session) -> list[tuple[int, datetime]]:
    """The sessions that start soon: id and start."""
    now = func.clock_timestamp()
    rows = session.execute(
        select(FlashSession.id, FlashSession.starts_at).where(
            _GOES_ON, FlashSession.starts_at > now, FlashSession.starts_at <= now + AHEAD
        )
    )
    return [(row.id, row.starts_at) for row in rows]


def send_batch(session_id: int, starts_at: datetime) -> int:
    """Send one batch of a session's reminders; how many there were."""
    with transaction() as session:
        due = (
            select(FlashReminder.user_id)
            .where(FlashReminder.session_id == session_id, FlashReminder.sent_at.is_(None))
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        found = session.scalars(due).all()
        if found:
            session.execute(
                update(FlashReminder)
                .where(FlashReminder.session_id == session_id, FlashReminder.user_id.in_(found))
                .values(sent_at=func.clock_timestamp())
                .execution_options(synchronize_session=False)
            )
            send_soon_to(
                session, KIND.name, str(session_id), found, good_until=starts_at + GOOD_FOR
            )
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


def _write(session: Session, session_id: str, _user_id: int) -> Content | None:
    """Nothing of a session that was paused or called off since."""
    row = session.execute(
        select(FlashSession.name, FlashSession.starts_at).where(
            FlashSession.id == int(session_id), _GOES_ON
        )
    ).one_or_none()
    if row is None:
        return None
    starts = row.starts_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")
    values = {"name": row.name, "starts_at": starts, "note": NOTE}
    body = f"您关注的秒杀「{row.name}」于 {starts} 开始。"
    return Content(values, "秒杀开始提醒", body, {"session_id": session_id})


# Service, not marketing: the shopper asked for this one session by name, and just before the
# start is the only time at which a reminder is of use, be it in quiet hours.
KIND = Kind("flash_starting", Purpose.SERVICE, STARTING_TEMPLATE, _write)
