"""The message to a writer that a content was refused, hidden, or is shown again after all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.jobs import defer
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.reviews.moderation.contents import APPROVED, CONTENT_KINDS, HIDDEN, PENDING, REFUSED
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.settings import DECISION_TEMPLATE

TELL_JOB = "reviews.tell_writer"
_TITLES = {REFUSED: "未通过审核", HIDDEN: "已被屏蔽", APPROVED: "已恢复展示"}
_SNIPPET = 20


def tell_later(session: Session, content_id: int, was: str, now: str) -> None:
    """Have the writer told of a decision, after the commit: one transaction may decide on
    contents of many, and a message locks rows of its reader. A first approval isn't news."""
    if (was, now) != (PENDING, APPROVED):
        defer(session, TELL_JOB, content_id=content_id)


def tell(session: Session, content_id: int) -> None:
    """Send the message about the last decision, once."""
    row = session.execute(
        select(ModeratedContent.user_id, ModeratedContent.decided_at).where(
            ModeratedContent.id == content_id
        )
    ).one_or_none()
    if row is not None and row.user_id is not None and row.decided_at is not None:
        ref = f"{content_id}:{row.decided_at.isoformat()}"
        send_soon(session, CONTENT_DECIDED.name, ref, row.user_id)


def _write(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing when it was decided on anew, edited or deleted meanwhile."""
    content_id, moment = ref.split(":", 1)
    row = session.execute(
        select(
            *(ModeratedContent.kind, ModeratedContent.ref, ModeratedContent.text),
            *(ModeratedContent.status, ModeratedContent.reason),
        ).where(
            ModeratedContent.id == int(content_id),
            ModeratedContent.user_id == user_id,
            ModeratedContent.decided_at == datetime.fromisoformat(moment),
        )
    ).one_or_none()
    if row is None or row.status not in _TITLES:
        return None
    label, outcome = CONTENT_KINDS[row.kind].label, _TITLES[row.status]
    snippet = f"“{row.text[:_SNIPPET]}”" if row.text else ""
    reason = f"原因：{row.reason}。如有异议可以申诉。" if row.reason else "感谢您的耐心等待。"
    return Content(
        {"content": label, "outcome": outcome, "reason": row.reason or outcome},
        f"您的{label}{outcome}",
        f"您的{label}{snippet}{outcome}。{reason}",
        {"kind": row.kind, "ref": row.ref},
    )


CONTENT_DECIDED = Kind("content_decided", Purpose.SERVICE, DECISION_TEMPLATE, _write, priority=20)
