"""Contents of whoever closes the account: what they said goes from here."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.reviews.moderation.models import ModeratedContent
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(
        update(ModeratedContent)
        .where(ModeratedContent.user_id == user_id)
        .values(user_id=None, text="", pictures=[], video=None)
    )


CONTENTS = Eraser(
    "moderated contents",
    _erase,
    "EXISTS (SELECT 1 FROM moderated_contents m WHERE m.user_id = u.id)",
)
