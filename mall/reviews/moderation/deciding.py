"""Decisions on contents: approve, refuse, hide."""

from __future__ import annotations

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.reviews.moderation.contents import (
    APPROVED,
    CONTENT_KINDS,
    HIDDEN,
    PENDING,
    REFUSED,
    Change,
    lock_content,
)
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.telling import tell_later

TRANSITIONS = {
    PENDING: {APPROVED, REFUSED},
    APPROVED: {HIDDEN},
    REFUSED: {APPROVED},
    HIDDEN: {APPROVED},
}
"""What may be decided. A withdrawn content stays so; an edit makes one pending again."""


def decide(
    session: Session,
    kind: str,
    ref: int,
    now: str,
    *,
    reason: str | None = None,
    legal_reason: str | None = None,
    staff_id: int | None = None,
) -> bool:
    """Decide on a content in the open transaction, and tell its kind; False when the transition
    table has no such step. `staff_id` is None for the machine. `legal_reason` is the code of a
    hiding's ground."""
    content = lock_content(session, kind, ref)
    if content is None or now not in TRANSITIONS.get(content.status, ()):
        return False
    # Against a new refusal or hiding its writer may object anew.
    objected = {} if now == APPROVED else {"objection": None, "objected_at": None}
    session.execute(
        update(ModeratedContent)
        .where(ModeratedContent.id == content.id)
        .values(
            **objected,
            status=now,
            reason=None if now == APPROVED else reason,
            legal_reason=legal_reason if now == HIDDEN else None,
            manual=False,
            decided_at=func.clock_timestamp(),
            decided_by=staff_id,
            changed_at=func.clock_timestamp(),
        )
    )
    tell_later(session, content.id, content.status, now)
    by_staff = staff_id is not None
    change = Change(kind, ref, content.id, content.version, content.status, now, reason, by_staff)
    CONTENT_KINDS[kind].follow(session, change)
    return True
