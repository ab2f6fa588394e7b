"""Tables of the till: the code of a shopper, what staff gave and took, and counts of a day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified
from mall.users.shown_codes import ShownCode

GRANT, TAKE = "grant", "take"
DIRECTIONS = (GRANT, TAKE)


class TillCode(ShownCode):
    """The newest code of a shopper for a till."""

    __tablename__ = "till_codes"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        Index("ix_till_codes_expires_at", "expires_at"),
    )


class TillEntry(Identified, Created):
    """Points that staff gave a shopper at a point (`grant`) or took (`take`), on a shop day.

    A code makes one entry, a receipt one a point and direction, those undone aside.
    """

    __tablename__ = "till_entries"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        CheckConstraint("direction IN ('grant', 'take')", name="direction"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("receipt_no IS NOT NULL OR reason <> ''", name="reason"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
        Index("ix_till_entries_day", "day", **BY_TIME),
        Index(
            "uq_till_entries_receipt",
            "point_id",
            "direction",
            "receipt_no",
            unique=True,
            postgresql_where=text("receipt_no IS NOT NULL AND undone_at IS NULL"),
        ),
        Index("ix_till_entries_user_id_id", "user_id", "id"),
        Index("ix_till_entries_point_id_id", "point_id", "id"),
        Index("ix_till_entries_staff_id_id", "staff_id", "id"),
        Index("ix_till_entries_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    point_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pickup_points.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    day: Mapped[date] = mapped_column(Date)
    direction: Mapped[str] = mapped_column(Text)
    points: Mapped[int]
    receipt_no: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    undone_reason: Mapped[str | None] = mapped_column(Text)


class TillDay(Base):
    """What was given and taken on a shop day, by (`scope`) a point, a staff member, a shopper.

    What was undone isn't counted.
    """

    __tablename__ = "till_days"
    __table_args__ = (
        CheckConstraint("scope IN ('point', 'staff', 'shopper')", name="scope"),
        CheckConstraint("granted >= 0 AND taken >= 0", name="counted"),
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    granted: Mapped[int] = mapped_column(server_default=text("0"))
    taken: Mapped[int] = mapped_column(server_default=text("0"))
