"""Tables of sheets: what a sheet says, line by line, and how far it has been given."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

GRANT, OPENING = "grant", "opening"
KINDS = (GRANT, OPENING)
"""`grant`: to a list of shoppers. `opening`: what they had in another system, with its expiry."""

FAULTY, CHECKED, CANCELED = "faulty", "checked", "canceled"
RUNNING, STOPPED, DONE = "running", "stopped", "done"
STATUSES = (FAULTY, CHECKED, CANCELED, RUNNING, STOPPED, DONE)

READY, LINE_FAULTY, ALREADY, GIVEN, REFUSED = "ready", "faulty", "already", "given", "refused"
LINE_STATUSES = (READY, LINE_FAULTY, ALREADY, GIVEN, REFUSED)
"""`already`: its reference was given before, by another sheet. `refused`: when its turn came."""

_NAMES_ITS_KEY = text("status NOT IN ('faulty', 'canceled')")
_ZERO = text("0")


class PointsSheet(Identified, Created):
    """One uploaded sheet. Of those that can be given, or were, a `key` names one.

    `points` is what its ready lines give in all; `started_by` is empty when another staff member
    approved it (`approval_id`).
    """

    __tablename__ = "points_sheets"
    __table_args__ = (
        CheckConstraint("kind IN ('grant', 'opening')", name="kind"),
        CheckConstraint(
            "status IN ('faulty', 'checked', 'canceled', 'running', 'stopped', 'done')",
            name="status",
        ),
        CheckConstraint("given_lines + refused_lines <= lines", name="lines"),
        CheckConstraint(
            "(status IN ('running', 'stopped', 'done')) = (started_at IS NOT NULL)",
            name="started_at",
        ),
        Index("uq_points_sheets_key", "key", unique=True, postgresql_where=_NAMES_ITS_KEY),
        Index("ix_points_sheets_digest", "digest"),
        Index(
            "ix_points_sheets_started_by_started_at",
            "started_by",
            "started_at",
            postgresql_where=text("started_by IS NOT NULL"),
        ),
    )
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(Text)
    lines: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    faulty_lines: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    already_lines: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    points: Mapped[int] = mapped_column(server_default=_ZERO)
    given_lines: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    given_points: Mapped[int] = mapped_column(server_default=_ZERO)
    refused_lines: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    checked_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    started_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    approval_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("approvals.id"))
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class PointsSheetLine(Base):
    """One line, by its number in the sheet. It holds no phone: the shopper's id stands for it.

    `expires_on` is the last shop day of the points; `lasts` says that they never expire. Neither
    of both: they expire as given by hand. `reason` says why a line is faulty or was refused.
    """

    __tablename__ = "points_sheet_lines"
    __table_args__ = (
        CheckConstraint(
            "status IN ('ready', 'faulty', 'already', 'given', 'refused')", name="status"
        ),
        CheckConstraint("status = 'faulty' OR (user_id > 0 AND points > 0)", name="complete"),
        CheckConstraint("NOT (lasts AND expires_on IS NOT NULL)", name="lasts"),
        CheckConstraint("(status = 'given') = (entry_id IS NOT NULL)", name="given"),
        Index(
            "ix_points_sheet_lines_ready",
            "sheet_id",
            "user_id",
            "line",
            postgresql_where=text("status = 'ready'"),
        ),
    )
    sheet_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("points_sheets.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    points: Mapped[int | None]
    expires_on: Mapped[date | None] = mapped_column(Date)
    lasts: Mapped[bool] = mapped_column(server_default=text("false"))
    reference: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    entry_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("points_entries.id"))
