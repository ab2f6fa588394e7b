"""Each save of a session or of its items is a version, which compliance reviews."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import keep_verdict, review
from mall.flashsale.models import FlashSession
from mall.flashsale.planning.describing import describe


def save_version(session: Session, session_id: int, accept_warnings: bool) -> None:
    """The next version of a session that the caller holds and has written.

    Raises CampaignRefused, CampaignWarned: the transaction rolls back.
    """
    version = _next(session, session_id)
    review(session, describe(session, session_id), version, accept_warnings=accept_warnings)


def save_smaller_version(session: Session, session_id: int) -> None:
    """The next version after an item was taken out: that is never refused."""
    keep_verdict(session, describe(session, session_id), _next(session, session_id))


def _next(session: Session, session_id: int) -> int:
    return session.execute(
        update(FlashSession)
        .where(FlashSession.id == session_id)
        .values(version=FlashSession.version + 1)
        .returning(FlashSession.version)
        .execution_options(synchronize_session=False)
    ).scalar_one()
