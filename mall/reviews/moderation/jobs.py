"""Inspections, verdicts that never come, and verdicts nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, delete, func, or_, select

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.reviews.moderation.check_models import (
    OWN,
    REVIEW,
    WAITING,
    ContentCheck,
    MediaVerdictRow,
)
from mall.reviews.moderation.findings import LATE, finding
from mall.reviews.moderation.inspecting import inspect
from mall.reviews.moderation.judging import end_check, lock_by_id
from mall.reviews.moderation.starting import INSPECT_JOB
from mall.reviews.moderation.telling import TELL_JOB, tell

PUSH_WITHIN = timedelta(minutes=30)
"""WeChat pushes a verdict within this time, or not at all."""
KEPT = timedelta(days=30)
BATCH = 200
_LATE = f"""
    SELECT FROM content_checks WHERE status = '{WAITING}'
      AND least(sent_at, created_at) < now() - interval '{PUSH_WITHIN.total_seconds()} s'
"""


@job(INSPECT_JOB)
def inspect_content(content_id: int, version: int) -> None:
    """Compare a content with the word list and with what others wrote."""
    inspect(content_id, version)


@job(TELL_JOB)
def tell_writer(content_id: int) -> None:
    """Tell a writer what was decided."""
    with transaction() as session:
        tell(session, content_id)


@job("reviews.hand_over_late_checks", retry=SWEEP, cron="* * * * *", look=_LATE)
def hand_over_late_checks() -> None:
    """Give to staff what waits for a verdict of WeChat, or for our inspection, for too long."""
    since = func.now() - PUSH_WITHIN
    with transaction() as session:
        late = session.execute(
            select(ContentCheck.content_id, ContentCheck.version, ContentCheck.part)
            .where(
                ContentCheck.status == WAITING,
                or_(
                    ContentCheck.sent_at < since,
                    and_(ContentCheck.part == OWN, ContentCheck.created_at < since),
                ),
            )
            .order_by(ContentCheck.content_id)
            .limit(BATCH)
        ).all()
    for row in late:
        with transaction() as session:
            content = lock_by_id(session, row.content_id)
            if content is not None:
                end_check(
                    session, content, row.part, row.version, status=REVIEW, found=[finding(LATE)]
                )


@job("reviews.forget_verdicts", retry=SWEEP, cron="41 * * * *")
def forget_verdicts() -> None:
    """Drop verdicts that came a month ago."""
    with transaction() as session:
        session.execute(delete(MediaVerdictRow).where(MediaVerdictRow.seen_at < func.now() - KEPT))
