"""A collage as a content that is moderated."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.reviews.collages.models import HIDDEN, READY, REFUSED, Collage
from mall.reviews.collages.names import COLLAGE
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Change, ContentKind

_STATUS = {contents.APPROVED: READY, contents.REFUSED: REFUSED, contents.HIDDEN: HIDDEN}
_NO_REASON = "未通过审核"


def _follow(session: Session, change: Change) -> None:
    status = _STATUS[change.now]
    reason = None if status == READY else change.reason or _NO_REASON
    session.execute(
        update(Collage).where(Collage.id == change.ref).values(status=status, reason=reason)
    )


COLLAGE_KIND = ContentKind(COLLAGE, "拼图", _follow, scene=3)
