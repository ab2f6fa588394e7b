"""Tables of the shoppers. Phones and addresses are sealed; openids stay on the server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified
from mall.kernel.uploaded import SELF, UploadAddress

PHONE = "user.phone"
"""What a shopper's phone is sealed and indexed for."""
CONTACT = "address.contact"
"""What receiver, phone and detail of an address are sealed for, as one JSON text."""


class User(Identified, Created):
    """A shopper: one person in one mini-program.

    `phone_index` finds a shopper by phone without opening anything, `unionid` their accounts
    in other programs of the same owner. Two shoppers may have
    verified the same phone. `risk_rank` is WeChat's opinion, 0 to 4, of `risk_asked_at`.
    `last_seen_at` is exact to an hour: logins, and the sliding of a token in use, move it on.
    A closed account keeps its id, for the orders that name it, and nothing of whose it was;
    `erase_due_at` is when something of it is to be erased elsewhere (see `erasing.py`).
    Until `bought_before_until` it counts that an account before had bought (see `returning.py`).
    `first_touch` is written at registration and read by nobody here (see `first_touch.py`).
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("appid", "openid"),
        CheckConstraint(
            "CASE WHEN closed_at IS NULL THEN openid IS NOT NULL AND erase_due_at IS NULL"
            " ELSE num_nonnulls(openid, unionid, nickname, avatar_url, phone_sealed, phone_index,"
            " first_touch, risk_rank, risk_asked_at, bought_before_until) = 0 END",
            name="closed",
        ),
        CheckConstraint("risk_rank BETWEEN 0 AND 4", name="risk_rank"),
        CheckConstraint("(phone_sealed IS NULL) = (phone_index IS NULL)", name="phone_indexed"),
        Index(
            "ix_users_phone_index",
            "phone_index",
            postgresql_where=text("phone_index IS NOT NULL"),
        ),
        Index("ix_users_unionid", "unionid", postgresql_where=text("unionid IS NOT NULL")),
        Index("ix_users_created_at", "created_at"),
        Index(
            "ix_users_bought_before_until",
            "bought_before_until",
            postgresql_where=text("bought_before_until IS NOT NULL"),
        ),
        Index("ix_users_last_seen_at", "last_seen_at"),
        Index("ix_users_nickname", "nickname", postgresql_ops={"nickname": "text_pattern_ops"}),
        Index("ix_users_blocked", "id", postgresql_where=text("blocked_at IS NOT NULL")),
        Index("ix_users_closed", "id", postgresql_where=text("closed_at IS NOT NULL")),
        Index(
            "ix_users_erase_due_at",
            "erase_due_at",
            postgresql_where=text("erase_due_at IS NOT NULL"),
        ),
    )
    appid: Mapped[str] = mapped_column(Text)
    openid: Mapped[str | None] = mapped_column(Text)
    unionid: Mapped[str | None] = mapped_column(Text)
    nickname: Mapped[str | None] = mapped_column(Text)
    avatar_url: Mapped[str | None] = mapped_column(UploadAddress(SELF))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sealed": PHONE})
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    risk_rank: Mapped[int | None] = mapped_column(SmallInteger)
    risk_asked_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    erase_due_at: Mapped[datetime | None]
    bought_before_until: Mapped[datetime | None]
    last_seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    first_touch: Mapped[dict[str, Any] | str | None] = mapped_column(
        JSONB(none_as_null=True), deferred=True
    )


class ClosedCustomer(Base):
    """That a customer closed the account: a keyed hash of the identity, kept for some days.

    Only while the shop has set `users.returning_days` (see `returning.py`): `until` is by the days
    that were set then.
    """

    __tablename__ = "closed_customers"
    identity: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    closed_at: Mapped[datetime]
    until: Mapped[datetime]


class UserToken(Identified, Created):
    """A login. Revoking it deletes the row; the token itself is nowhere."""

    __tablename__ = "user_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Address(Identified, Created):
    """Where a shopper has things sent. At most one of a shopper is the default."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index("ix_addresses_user_id", "user_id"),
        Index(
            "uq_addresses_default",
            "user_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    region_code: Mapped[str] = mapped_column(Text)
    region_names: Mapped[str] = mapped_column(Text)
    contact_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sealed": CONTACT})
    is_default: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class Region(Base):
    """An administrative region: level 1 province, 2 city, 3 district.

    The code alone isn't unique: a city without districts stands at level 2 and again, as
    its own child, at level 3.
    """

    __tablename__ = "regions"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint("(level = 1) = (parent_code IS NULL)", name="parent"),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text, index=True)
