"""Shoppers report what shouldn't be shown; enough of them bring it back to staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.moderation.check_models import ContentReport
from mall.reviews.moderation.contents import APPROVED, lock_content
from mall.reviews.moderation.errors import ContentNotFound, OwnContent
from mall.reviews.moderation.findings import REPORTED, finding
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.settings import REPORTS_BEFORE_REVIEW
from mall.users.queries import hold_open_account

REASONS = {
    "illegal": "违法违规",
    "abuse": "辱骂攻击",
    "advertisement": "广告引流",
    "fake": "虚假评价",
    "privacy": "泄露隐私",
    "infringement": "侵权抄袭",
    "other": "其他",
}


def report(user_id: int, kind: str, ref: int, reason: str, note: str) -> None:
    """Report a content that is shown; once a shopper, again changes nothing. It stays shown until
    staff decide. Raises ContentNotFound, OwnContent, AccountClosed.

    The content's lock makes the count of reports exact.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        content = lock_content(session, kind, ref)
        if content is None or content.status != APPROVED:
            raise ContentNotFound
        if content.user_id == user_id:
            raise OwnContent
        session.execute(
            insert(ContentReport)
            .values(content_id=content.id, user_id=user_id, reason=reason, note=note)
            .on_conflict_do_nothing()
        )
        if not content.manual and _count(session, content) >= REPORTS_BEFORE_REVIEW.get():
            _call_staff(session, content)


def _count(session: Session, content: Any) -> int:
    """Reports since the last decision: those before it were answered by it."""
    counted = session.scalar(
        select(func.count())
        .select_from(ContentReport)
        .where(
            ContentReport.content_id == content.id,
            ContentReport.created_at > content.decided_at,
        )
    )
    return int(counted or 0)


def _call_staff(session: Session, content: Any) -> None:
    found = [one for one in content.findings if one["code"] != REPORTED]
    session.execute(
        update(ModeratedContent)
        .where(ModeratedContent.id == content.id)
        .values(manual=True, findings=[*found, finding(REPORTED)])
    )
