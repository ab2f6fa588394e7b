"""Which pictures a shopper may make a collage of: the shopper's own uploads.

One that isn't used yet, or one of an own review or follow-up that is shown or waits for its check.
Pictures of a review that was refused, hidden or deleted are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.uploads.errors import UploadNotFound

_OWN = text(
    """
    SELECT count(*) FROM uploads p
    WHERE p.name = ANY(:names) AND p.user_id = :user_id AND p.duration_ms IS NULL
      AND (p.expires_at > clock_timestamp()
           OR EXISTS (
               SELECT FROM reviews r
               WHERE r.user_id = :user_id AND r.status IN ('pending', 'approved')
                 AND p.attached_to = 'review:' || r.id
           )
           OR EXISTS (
               SELECT FROM reviews r JOIN review_follow_ups f ON f.review_id = r.id
               WHERE r.user_id = :user_id AND f.status IN ('pending', 'approved')
                 AND p.attached_to = 'review_follow_up:' || r.id
           ))
    """
)


def must_own_photos(session: Session, user_id: int, names: Sequence[str]) -> None:
    """Raises UploadNotFound unless each is a picture of the shopper's own that may be shown."""
    found = session.scalar(_OWN, {"names": list(names), "user_id": user_id})
    if found != len(names):
        raise UploadNotFound(param="pictures")
