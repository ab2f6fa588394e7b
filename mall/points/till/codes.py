"""The code that a shopper shows at a till: 60 seconds, once, the newest one only.

Sixteen random digits can't be guessed in a minute (`limit_till_code` bounds the tries of a clerk).
They stand behind "99", so that no payment code (10 to 15, 25 to 30) looks like one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.points.till.errors import TillCodeExpired, TillCodeUnknown, TillCodeUsed
from mall.points.till.models import TillCode

TTL_S = 60
PREFIX, DIGITS = "99", 16
_DRAW = text(
    """
    INSERT INTO till_codes (user_id, code_hash, expires_at)
    VALUES (:user_id, :code_hash, clock_timestamp() + make_interval(secs => :ttl_s))
    ON CONFLICT (user_id) DO UPDATE
        SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, used_at = NULL
    RETURNING expires_at
    """
)


@dataclass(frozen=True, slots=True)
class DrawnCode:
    """A code, shown once; `ttl_s` after it was drawn, at `expires_at`, it is worth nothing."""

    code: str
    expires_at: datetime
    ttl_s: int = TTL_S


def draw(user_id: int) -> DrawnCode:
    """A new code of a shopper. The one before can't be used any more."""
    code = f"{PREFIX}{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with transaction() as session:
        expires_at = session.execute(
            _DRAW, {"user_id": user_id, "code_hash": code_hash(code), "ttl_s": TTL_S}
        ).scalar_one()
    return DrawnCode(code, expires_at)


def use(session: Session, hashed: bytes) -> int:
    """Use a code up, in the transaction of what it is used for: its shopper.

    Of several at once one has it. Raises TillCodeUnknown, TillCodeUsed, TillCodeExpired.
    """
    user_id: int | None = session.scalar(
        update(TillCode)
        .where(
            TillCode.code_hash == hashed,
            TillCode.used_at.is_(None),
            TillCode.expires_at > func.clock_timestamp(),
        )
        .values(used_at=func.clock_timestamp())
        .returning(TillCode.user_id)
    )
    if user_id is not None:
        return user_id
    known = session.execute(
        select(TillCode.used_at).where(TillCode.code_hash == hashed)
    ).one_or_none()
    if known is None:
        raise TillCodeUnknown(param="code")
    raise TillCodeUsed(param="code") if known.used_at else TillCodeExpired(param="code")


def code_hash(code: str) -> bytes:
    """What a code is found by."""
    return hashlib.sha256(code.encode()).digest()
