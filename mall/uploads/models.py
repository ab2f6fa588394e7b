"""The tables of uploads and of what refers to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified
from mall.kernel.uploaded import StoredFile


class Upload(Created, Identified):
    """One picture or video. `name` can't be guessed and is all that it takes to see it.

    Either a shopper's (`user_id`) or a staff member's (`staff_id`). It goes at `expires_at`,
    unless it is attached to one thing (`attached_to`, for example "after_sale:A1") or
    columns refer to it (`UploadReference`).
    """

    __tablename__ = "uploads"
    __table_args__ = (
        UniqueConstraint("name", name="uq_uploads_name"),
        CheckConstraint("num_nonnulls(user_id, staff_id) = 1", name="owner"),
        CheckConstraint("attached_to IS NULL OR expires_at IS NULL", name="attached"),
        Index("ix_uploads_created_at", "created_at", **BY_TIME),
        Index("ix_uploads_user_id_id", "user_id", "id"),
        Index("ix_uploads_staff_id_id", "staff_id", "id"),
        Index(
            "ix_uploads_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")
        ),
    )
    name: Mapped[str] = mapped_column(StoredFile)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    attached_to: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    bytes: Mapped[int] = mapped_column(Integer)
    duration_ms: Mapped[int | None] = mapped_column(Integer)


class UploadReference(Base):
    """A row of another table that names the upload, which stays as long as there is one.

    Written by the triggers of that table (`hold_uploads`), never by hand, with one exception:
    the sweep writes the one row of a table that repeats what others named (`row_id` 0).
    """

    __tablename__ = "upload_references"
    __table_args__ = (Index("ix_upload_references_table_name_row_id", "table_name", "row_id"),)
    name: Mapped[str] = mapped_column(Text, ForeignKey("uploads.name"), primary_key=True)
    table_name: Mapped[str] = mapped_column(Text, primary_key=True)
    row_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
