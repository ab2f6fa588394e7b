"""Contents and reports of whoever closes the account: what they said goes from here."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mall.reviews.moderation.check_models import ContentPicture, ContentReport, ContentTextBand
from mall.reviews.moderation.models import ModeratedContent
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    own = select(ModeratedContent.id).where(ModeratedContent.user_id == user_id)
    for table in (ContentPicture, ContentTextBand):
        session.execute(delete(table).where(table.content_id.in_(own)))
    session.execute(
        update(ModeratedContent)
        .where(ModeratedContent.user_id == user_id)
        .values(user_id=None, text="", pictures=[], video=None, objection=None)
    )


def _erase_reports(session: Session, user_id: int) -> None:
    session.execute(delete(ContentReport).where(ContentReport.user_id == user_id))


CONTENTS = Eraser(
    "moderated contents",
    _erase,
    "EXISTS (SELECT 1 FROM moderated_contents m WHERE m.user_id = u.id)",
)
REPORTS = Eraser(
    "content reports",
    _erase_reports,
    "EXISTS (SELECT 1 FROM content_reports c WHERE c.user_id = u.id)",
)
