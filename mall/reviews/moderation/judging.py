"""What the checks of a content add up to. The content is locked by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from mall.reviews.moderation.check_models import RISKY, WAITING, ContentCheck
from mall.reviews.moderation.contents import APPROVED, PENDING, REFUSED
from mall.reviews.moderation.deciding import decide
from mall.reviews.moderation.findings import LATE, REPORTED, finding, refusal_reason
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.settings import MACHINE_APPROVES


def lock_by_id(session: Session, content_id: int) -> Any | None:
    """The content's row, locked; None when there is none."""
    return session.execute(
        select(*ModeratedContent.__table__.c)
        .where(ModeratedContent.id == content_id)
        .with_for_update()
    ).one_or_none()


def end_check(
    session: Session, content: Any, part: str, version: int, *, status: str, found: Sequence[Any]
) -> None:
    """Keep a check's result, once, and judge the content. One of an earlier version changes
    nothing; one that was taken for late still counts."""
    ended = session.scalar(
        update(ContentCheck)
        .where(
            ContentCheck.content_id == content.id,
            ContentCheck.version == version,
            ContentCheck.part == part,
            or_(
                ContentCheck.status == WAITING,
                ContentCheck.findings.contains([{"code": LATE}]),
            ),
        )
        .values(status=status, findings=list(found), ended_at=func.clock_timestamp())
        .returning(ContentCheck.id)
    )
    if ended is not None and version == content.version:
        judge(session, content)


def judge(session: Session, content: Any) -> None:
    """Approve what passed all checks, refuse what is risky, leave the rest to staff.

    What staff decided stands: a verdict that comes later is only shown to them.
    """
    checks = session.execute(
        select(ContentCheck.status, ContentCheck.findings)
        .where(ContentCheck.content_id == content.id, ContentCheck.version == content.version)
        .order_by(ContentCheck.id)
    ).all()
    found = [one for check in checks for one in check.findings]
    if any(one["code"] == REPORTED for one in content.findings):
        found.append(finding(REPORTED))
    is_pending = content.status == PENDING
    is_waiting = any(check.status == WAITING for check in checks)
    for_staff = bool(found) or (not is_waiting and not MACHINE_APPROVES.get())
    session.execute(
        update(ModeratedContent)
        .where(ModeratedContent.id == content.id)
        .values(findings=found, manual=for_staff if is_pending else content.manual)
    )
    if not is_pending:
        return
    if any(check.status == RISKY for check in checks):
        decide(session, content.kind, content.ref, REFUSED, reason=refusal_reason(found))
    elif not is_waiting and not for_staff:
        decide(session, content.kind, content.ref, APPROVED)
