"""The writer objects to a hiding or a refusal; once a decision, staff answer."""

from __future__ import annotations

from sqlalchemy import func, update

from mall.kernel.db import transaction
from mall.reviews.moderation.contents import HIDDEN, REFUSED, lock_content
from mall.reviews.moderation.errors import ContentNotFound, NotObjectionable
from mall.reviews.moderation.models import ModeratedContent


def object_to_decision(user_id: int, kind: str, ref: int, text: str) -> None:
    """Ask staff to look again at an own content (`ref` of a `kind`) that was hidden or refused.

    Raises ContentNotFound (for another's, too), NotObjectionable: it is neither, or its writer
    has objected before. The same text again changes nothing.
    """
    with transaction() as session:
        content = lock_content(session, kind, ref)
        if content is None or content.user_id != user_id:
            raise ContentNotFound
        if content.status in (HIDDEN, REFUSED) and content.objection == text:
            return
        if content.status not in (HIDDEN, REFUSED) or content.objected_at is not None:
            raise NotObjectionable
        session.execute(
            update(ModeratedContent)
            .where(ModeratedContent.id == content.id)
            .values(objection=text, objected_at=func.clock_timestamp(), manual=True)
        )
