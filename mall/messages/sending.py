"""Sending subscribe messages: at most once each.

A message is claimed in one transaction, sent outside of any, and its outcome kept in
another. When WeChat may have sent it although the answer was lost, it isn't sent again: a
second message would use up a further allowance or annoy the shopper with a double, and the
order's page says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.messages import quota
from mall.messages.errors import MessageNotFailed, MessageNotFound, NoAllowanceLeft
from mall.messages.kinds import KINDS, Content
from mall.messages.models import Message
from mall.staff.audit import record
from mall.users.queries import openid_of
from mall.wechat.errors import WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.gateway import gateway

NO_GRANT_LEFT = "43101"
STALE = "stale"
RETRY_S = 300
LOST_S = 900
"""When the sweep looks after a message whose job should long have concluded."""
KEPT_TRYING = timedelta(hours=24)
"""News that is a day late is none."""

log = structlog.get_logger("mall.messages")


def send_soon(session: Session, kind: str, ref: str, user_id: int) -> None:
    """Send the shopper a message of `kind` about `ref`, once, if one is allowed."""
    template_id = KINDS[kind].template.get().template_id
    if not template_id:
        return
    message_id = session.scalar(
        insert(Message)
        .values(
            kind=kind,
            ref=ref,
            user_id=user_id,
            template_id=template_id,
            status="pending",
            due_at=func.clock_timestamp() + timedelta(seconds=LOST_S),
        )
        .on_conflict_do_nothing(constraint="uq_messages_kind_ref")
        .returning(Message.id)
    )
    if message_id is None:
        return
    if quota.take(session, user_id, template_id):
        jobs.defer(session, "messages.send", message_id=message_id)
    else:
        _move(session, message_id, "pending", "no_grant")


def try_again(message_id: int) -> None:
    """Send a message that failed once more, for example after its fields were mended.

    Raises MessageNotFound, MessageNotFailed, NoAllowanceLeft.
    """
    with transaction() as session:
        row = _move(session, message_id, "failed", "pending", error_code=None, error=None)
        if row is None:
            known = session.scalar(select(Message.id).where(Message.id == message_id))
            raise MessageNotFound if known is None else MessageNotFailed
        if not quota.take(session, row.user_id, row.template_id):
            raise NoAllowanceLeft
        record(session, action="message.retry", target_type="message", target_id=message_id)
        jobs.defer(session, "messages.send", message_id=message_id)


@dataclass(frozen=True)
class _Letter:
    user_id: int
    template_id: str
    openid: str
    content: Content


@dataclass(frozen=True)
class _Outcome:
    """The status that a call leads to, and why."""

    status: str
    code: str | None = None
    error: str | None = None


@jobs.job("messages.send")
def send(message_id: int) -> None:
    """Send one message that is still to be sent."""
    with transaction() as session:
        letter = _claim(session, message_id)
    if letter is None:
        return
    outcome = _call(letter)
    with transaction() as session:
        _conclude(session, message_id, letter, outcome)


@jobs.job("messages.sweep", retry=jobs.SWEEP, cron="*/5 * * * *")
def sweep() -> None:
    """Defer lost jobs again; what was being sent when its worker died stays `unknown`."""
    with transaction() as session:
        due = (
            select(Message.id)
            .where(
                Message.status.in_(("pending", "sending")),
                Message.due_at <= func.clock_timestamp(),
            )
            .limit(500)
            .with_for_update(skip_locked=True)
            .cte()
        )
        found = session.execute(
            update(Message)
            .where(Message.id == due.c.id)
            .values(
                status=case((Message.status == "sending", "unknown"), else_="pending"),
                due_at=func.clock_timestamp() + timedelta(seconds=LOST_S),
            )
            .returning(Message.id, Message.status)
        ).all()
        lost = [{"message_id": row.id} for row in found if row.status == "pending"]
        jobs.defer_many(session, "messages.send", lost)


def _claim(session: Session, message_id: int) -> _Letter | None:
    row = _move(session, message_id, "pending", "sending")
    if row is None:
        return None
    kind = KINDS[row.kind]
    if kind.good_for is not None and _older_than(session, message_id, kind.good_for):
        _move(session, message_id, "sending", "failed", error_code=STALE)
        quota.give_back(session, row.user_id, row.template_id)
        return None
    content = kind.write(session, kind.template.get(), row.ref)
    return _Letter(row.user_id, row.template_id, openid_of(session, row.user_id), content)


def _call(letter: _Letter) -> _Outcome:
    try:
        gateway().mini.send_subscribe_message(
            letter.openid, letter.template_id, letter.content.data, letter.content.page
        )
    except WechatRefused as refused:
        status = "refused" if refused.code == NO_GRANT_LEFT else "failed"
        return _Outcome(status, refused.code, refused.message)
    except WechatUnavailable as fault:
        return _Outcome("pending", "unavailable", str(fault)[:200])
    except WechatUnknown as fault:
        return _Outcome("unknown", "unknown", str(fault)[:200])
    return _Outcome("sent")


def _conclude(session: Session, message_id: int, letter: _Letter, outcome: _Outcome) -> None:
    status = outcome.status
    if status == "pending" and _older_than(session, message_id, KEPT_TRYING):
        status = "failed"
    values: dict[str, Any] = {"error_code": outcome.code, "error": outcome.error}
    if status == "sent":
        values["sent_at"] = func.clock_timestamp()
    if _move(session, message_id, "sending", status, **values) is None:
        return
    if status == "refused":
        quota.clear(session, letter.user_id, letter.template_id)
    elif status == "failed":
        quota.give_back(session, letter.user_id, letter.template_id)
        log.error("message failed", message_id=message_id, wechat_code=outcome.code)
    elif status == "pending":
        jobs.defer(session, "messages.send", delay_s=RETRY_S, message_id=message_id)


def _older_than(session: Session, message_id: int, age: timedelta) -> bool:
    older = Message.created_at < func.clock_timestamp() - age
    return bool(session.scalar(select(older).where(Message.id == message_id)))


def _move(session: Session, message_id: int, old: str, new: str, **values: Any) -> Any:
    """From one status to the next: the row, or None when it isn't in `old` (any more)."""
    due_at: ColumnElement[Any] = func.clock_timestamp() + timedelta(seconds=LOST_S)
    return session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == old)
        .values(status=new, due_at=due_at, **values)
        .returning(Message.kind, Message.ref, Message.user_id, Message.template_id)
    ).one_or_none()
