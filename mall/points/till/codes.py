"""The code that a shopper shows at a till (`mall/users/shown_codes.py`; `limit_till_code` bounds
the tries of a clerk)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.points.till.errors import TillCodeExpired, TillCodeUnknown, TillCodeUsed
from mall.points.till.models import TillCode
from mall.users import shown_codes
from mall.users.shown_codes import DrawnCode, Refused

PREFIX = "99"
_WHY: dict[Refused, type[MallError]] = {
    "unknown": TillCodeUnknown,
    "used": TillCodeUsed,
    "expired": TillCodeExpired,
}


def draw(user_id: int) -> DrawnCode:
    """A new code of a shopper. The one before can't be used any more."""
    with transaction() as session:
        return shown_codes.draw(session, TillCode, user_id, PREFIX)


def use(session: Session, hashed: bytes) -> int:
    """Use a code up, in the transaction of what it is used for: its shopper.

    Of several at once one has it. Raises TillCodeUnknown, TillCodeUsed, TillCodeExpired.
    """
    found = shown_codes.use(session, TillCode, hashed)
    if isinstance(found, str):
        raise _WHY[found](param="code")
    return found.user_id
