"""Codes that shoppers show at a counter: for a short time, once, the newest one only.

A feature derives its table from `ShownCode`. Sixteen random digits can't be guessed in a minute.
They stand behind two that say what the code is for and that no payment code begins with (those
begin with 10 to 15 and 25 to 30).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.kernel.db import Base

TTL_S = 60
DIGITS = 16
Refused = Literal["unknown", "used", "expired"]


class ShownCode(Base):
    """The newest code of a shopper. Only its hash is kept; an older code is worth nothing."""

    __abstract__ = True
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


Code = TypeVar("Code", bound=ShownCode)


@dataclass(frozen=True, slots=True)
class DrawnCode:
    """A code, shown once; `ttl_s` after it was drawn, at `expires_at`, it is worth nothing."""

    code: str
    expires_at: datetime
    ttl_s: int = TTL_S


def draw(
    session: Session, table: type[ShownCode], user_id: int, prefix: str, **more: Any
) -> DrawnCode:
    """A new code of a shopper, with `more` columns. The one before can't be used any more."""
    code = f"{prefix}{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    expires_at = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, TTL_S)
    values = {"code_hash": code_hash(code), "expires_at": expires_at, "used_at": None, **more}
    return DrawnCode(
        code,
        session.execute(
            insert(table)
            .values(user_id=user_id, **values)
            .on_conflict_do_update(index_elements=["user_id"], set_=values)
            .returning(table.expires_at)
        ).scalar_one(),
    )


def use(session: Session, table: type[Code], hashed: bytes) -> Code | Refused:
    """Use a code up, in the transaction of what it is used for: its row, or why not.

    Of several at once one has it.
    """
    found = session.scalars(
        update(table)
        .where(
            table.code_hash == hashed,
            table.used_at.is_(None),
            table.expires_at > func.clock_timestamp(),
        )
        .values(used_at=func.clock_timestamp())
        .returning(table),
        execution_options={"populate_existing": True, "synchronize_session": False},
    ).one_or_none()
    if found is not None:
        return found
    known = session.execute(select(table.used_at).where(table.code_hash == hashed)).one_or_none()
    if known is None:
        return "unknown"
    return "used" if known.used_at else "expired"


def forget(session: Session, table: type[ShownCode]) -> None:
    """Delete the codes that ended a day ago."""
    old = func.clock_timestamp() - func.make_interval(0, 0, 0, 1)
    session.execute(delete(table).where(table.expires_at < old))


def code_hash(code: str) -> bytes:
    """What a code is found by."""
    return hashlib.sha256(code.encode()).digest()
