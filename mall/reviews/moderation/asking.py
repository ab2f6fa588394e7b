"""Asking WeChat about a text and about pictures: outbound calls, retried until they are answered.

WeChat down: the content stays pending and the call is repeated. Two hours after its writer was
here WeChat refuses (61010), and staff decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.config import current_config
from mall.kernel.outbound import DONE, CallKind, Outcome, Verdict
from mall.kernel.uploaded import PATH
from mall.reviews.moderation.check_models import REVIEW, TEXT, WAITING, ContentCheck
from mall.reviews.moderation.contents import CONTENT_KINDS
from mall.reviews.moderation.findings import (
    MACHINE_FAILED,
    NO_WRITER,
    NOT_HERE,
    TEXT_REVIEW,
    TEXT_RISKY,
    finding,
    label_text,
)
from mall.reviews.moderation.judging import end_check, lock_by_id
from mall.reviews.moderation.starting import PICTURE_CALL, TEXT_CALL
from mall.reviews.moderation.verdicts import asked
from mall.users.queries import known_openid
from mall.wechat.errors import WechatRefused
from mall.wechat.gateway import TextVerdict, gateway

RETRY_S = (5, 15, 60, 300, 600)
NOT_HERE_CODE = "61010"


@dataclass(frozen=True)
class Asked:
    """One question: which check it is of, and what WeChat needs."""

    content_id: int
    version: int
    part: str
    openid: str
    scene: int
    subject: str
    """The text, or the picture's public address."""


def _lock_text(session: Session, content_id: int) -> None:
    lock_by_id(session, content_id)


def _prepare_text(session: Session, content_id: int) -> Asked | Verdict:
    return _prepare(session, content_id, TEXT)


def _lock_picture(session: Session, check_id: int) -> None:
    content_id = session.scalar(select(ContentCheck.content_id).where(ContentCheck.id == check_id))
    if content_id is not None:
        lock_by_id(session, content_id)


def _prepare_picture(session: Session, check_id: int) -> Asked | Verdict:
    check = session.execute(
        select(ContentCheck.content_id, ContentCheck.part).where(
            ContentCheck.id == check_id, ContentCheck.sent_at.is_(None)
        )
    ).one_or_none()
    return DONE if check is None else _prepare(session, check.content_id, check.part)


def _prepare(session: Session, content_id: int, part: str) -> Asked | Verdict:
    """The question; done when this version of the content doesn't wait for the answer any more."""
    content = lock_by_id(session, content_id)
    if content is None or not _waits(session, content, part):
        return DONE
    openid = None if content.user_id is None else known_openid(session, content.user_id)
    if openid is None:
        end_check(
            session, content, part, content.version, status=REVIEW, found=[finding(NO_WRITER)]
        )
        return DONE
    base = current_config().public_base_url.rstrip("/")
    subject = content.text if part == TEXT else f"{base}{PATH}{part}"
    scene = CONTENT_KINDS[content.kind].scene
    return Asked(content_id, content.version, part, openid, scene, subject)


def _waits(session: Session, content: Any, part: str) -> bool:
    return (
        session.scalar(
            select(ContentCheck.id).where(
                ContentCheck.content_id == content.id,
                ContentCheck.version == content.version,
                ContentCheck.part == part,
                ContentCheck.status == WAITING,
            )
        )
        is not None
    )


def _send_text(one: Asked) -> TextVerdict:
    return gateway().mini.check_text(one.openid, one.subject, one.scene)


def _send_picture(one: Asked) -> str:
    return gateway().mini.check_picture(one.openid, one.subject, one.scene)


def _conclude_text(session: Session, content_id: int, outcome: Outcome[Asked, Any]) -> Verdict:
    one, answer = outcome.request, outcome.answer
    content = lock_by_id(session, content_id)
    if one is None or content is None:
        return outcome.verdict
    if answer is None:
        return _unanswered(session, content, one, outcome)
    code = {"review": TEXT_REVIEW, "risky": TEXT_RISKY}.get(answer.suggest)
    found = [] if code is None else [finding(code, label_text(answer.label))]
    end_check(session, content, one.part, one.version, status=answer.suggest, found=found)
    return outcome.verdict


def _conclude_picture(session: Session, check_id: int, outcome: Outcome[Asked, Any]) -> Verdict:
    one = outcome.request
    content = None if one is None else lock_by_id(session, one.content_id)
    if one is None or content is None:
        return outcome.verdict
    if outcome.answer is None:
        return _unanswered(session, content, one, outcome)
    session.execute(
        update(ContentCheck)
        .where(ContentCheck.id == check_id)
        .values(trace_id=outcome.answer, sent_at=func.clock_timestamp())
    )
    asked(session, outcome.answer, check_id)
    return outcome.verdict


def _unanswered(
    session: Session, content: Any, one: Asked, outcome: Outcome[Asked, Any]
) -> Verdict:
    """A call that failed: repeated while that may help, else staff decide."""
    if outcome.verdict.state != "given_up":
        return outcome.verdict
    fault = outcome.fault
    refusal = fault.code if isinstance(fault, WechatRefused) else ""
    code = NOT_HERE if refusal == NOT_HERE_CODE else MACHINE_FAILED
    end_check(
        session, content, one.part, one.version, status=REVIEW, found=[finding(code, refusal)]
    )
    return DONE


TEXTS: CallKind[Asked, TextVerdict] = CallKind(
    name=TEXT_CALL,
    lock=_lock_text,
    prepare=_prepare_text,
    send=_send_text,
    conclude=_conclude_text,
    retry_s=RETRY_S,
)
PICTURES: CallKind[Asked, str] = CallKind(
    name=PICTURE_CALL,
    lock=_lock_picture,
    prepare=_prepare_picture,
    send=_send_picture,
    conclude=_conclude_picture,
    retry_s=RETRY_S,
)
