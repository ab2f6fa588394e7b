"""Sending subscribe messages: at most once each, as outbound calls.

When WeChat may have sent a message although the answer was lost, it isn't sent again: a second
message would use up a further allowance or annoy the shopper with a double, and the order's
page says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.outbound import DONE, CallKind, Outcome, Verdict, enqueue
from mall.messages import quota
from mall.messages.errors import MessageNotFailed, MessageNotFound, NoAllowanceLeft
from mall.messages.kinds import KINDS, Content
from mall.messages.models import Message
from mall.staff.audit import record
from mall.users.queries import openid_of
from mall.wechat.gateway import gateway

MESSAGE_CALL = "messages.send"
"""The kind of the outbound calls that send a message; their key is the message's id."""
NO_GRANT_LEFT = "43101"
STALE = "stale"
RETRY_S = 300
KEPT_TRYING = timedelta(hours=24)
"""News that is a day late is none."""


@dataclass(frozen=True)
class _Request:
    """What WeChat is asked to send, and to whom."""

    template_id: str
    openid: str
    content: Content


def send_soon(session: Session, kind: str, ref: str, user_id: int) -> None:
    """Send the shopper a message of `kind` about `ref`, once, if one is allowed."""
    template_id = KINDS[kind].template.get().template_id
    if not template_id:
        return
    message_id = session.scalar(
        insert(Message)
        .values(kind=kind, ref=ref, user_id=user_id, template_id=template_id, status="pending")
        .on_conflict_do_nothing(constraint="uq_messages_kind_ref")
        .returning(Message.id)
    )
    if message_id is None:
        return
    if quota.take(session, user_id, template_id):
        enqueue(session, MESSAGE_CALL, message_id)
    else:
        _move(session, message_id, "pending", "no_grant")


def retry(message_id: int) -> None:
    """Send a message that failed once more, for example after its fields were corrected.

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
        enqueue(session, MESSAGE_CALL, message_id)


def _lock(session: Session, message_id: int) -> None:
    session.execute(select(Message.id).where(Message.id == message_id).with_for_update())


def _prepare(session: Session, message_id: int) -> _Request | Verdict:
    row = _move(session, message_id, "pending", "sending")
    if row is None:
        return DONE
    kind = KINDS[row.kind]
    if kind.good_for is not None and row.age > kind.good_for:
        _move(session, message_id, "sending", "failed", error_code=STALE)
        quota.give_back(session, row.user_id, row.template_id)
        return DONE
    content = kind.write(session, kind.template.get(), row.ref)
    return _Request(row.template_id, openid_of(session, row.user_id), content)


def _send(request: _Request) -> None:
    content = request.content
    gateway().mini.send_subscribe_message(
        request.openid, request.template_id, content.data, content.page
    )


def _conclude(session: Session, message_id: int, outcome: Outcome[_Request, None]) -> Verdict:
    verdict = outcome.verdict
    is_refused = verdict.code == NO_GRANT_LEFT
    given_up = "refused" if is_refused else "failed"
    status = {"done": "sent", "given_up": given_up}.get(verdict.state, verdict.state)
    # WeChat's own codes are numbers; ours are in small letters here.
    code = verdict.code.lower() if verdict.code else None
    values: dict[str, Any] = {"error_code": code, "error": verdict.error}
    if status == "sent":
        values["sent_at"] = func.clock_timestamp()
    row = _move(session, message_id, "sending", status, **values)
    if row is None:
        return DONE
    if is_refused:
        quota.clear(session, row.user_id, row.template_id)
        return DONE
    if status == "failed":
        quota.give_back(session, row.user_id, row.template_id)
    return verdict


def _move(session: Session, message_id: int, old: str, new: str, **values: Any) -> Any:
    """From one status to the next: the row, or None when it isn't in `old` (any more)."""
    age = func.clock_timestamp() - Message.created_at
    return session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == old)
        .values(status=new, **values)
        .returning(
            Message.kind, Message.ref, Message.user_id, Message.template_id, age.label("age")
        )
    ).one_or_none()


MESSAGES = CallKind(
    name=MESSAGE_CALL,
    lock=_lock,
    prepare=_prepare,
    send=_send,
    conclude=_conclude,
    repeatable=False,
    retry_s=(RETRY_S,),
    give_up_after=KEPT_TRYING,
)
