"""What happens to the uploads of a shopper who closes the account.

The sweep of unused uploads removes what expires here, bytes and row.
"""

from __future__ import annotations

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.uploads.models import Upload
from mall.users.erasing import Eraser


def _expire_unused(session: Session, user_id: int) -> None:
    session.execute(
        update(Upload)
        .where(Upload.user_id == user_id, Upload.expires_at > func.clock_timestamp())
        .values(expires_at=func.clock_timestamp())
    )


def _expire_used(session: Session, user_id: int) -> None:
    session.execute(
        update(Upload)
        .where(Upload.user_id == user_id, Upload.attached_to.is_not(None))
        .values(attached_to=None, expires_at=func.clock_timestamp())
    )


UNUSED = Eraser(
    "uploads.unused",
    _expire_unused,
    "EXISTS (SELECT 1 FROM uploads p WHERE p.user_id = u.id AND p.expires_at > now())",
)
USED = Eraser(
    "uploads.used",
    _expire_used,
    "EXISTS (SELECT 1 FROM uploads p WHERE p.user_id = u.id AND p.attached_to IS NOT NULL)",
    at_once=False,
)
"""Pictures of an after-sale are kept as long as the order's address is."""
