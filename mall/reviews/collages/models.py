"""Tables of collages: what staff design, and what shoppers made of their pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Created, Identified
from mall.kernel.uploaded import StoredFile
from mall.sharing.pictures.models import Design

WAITING, CHECKING, READY = "waiting", "checking", "ready"
REFUSED, HIDDEN, FAILED = "refused", "hidden", "failed"
STATUSES = (WAITING, CHECKING, READY, REFUSED, HIDDEN, FAILED)


class CollageTemplate(Design):
    """A design of collages: `layout` is what `layouts.CollageLayoutSchema` takes."""

    __tablename__ = "collage_templates"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)


class Collage(Identified, Created):
    """A shopper's pictures in one version of a design, with the shopper's share in the code.

    It waits to be drawn, is then checked as a content of the kind `collage` (`checking`), and is
    `ready` once that is approved; `refused` and `hidden` are the content's, too. `failed`: it
    could not be drawn. `reason` tells the shopper why. `photos` are names of uploads, `name` is
    what was made. `facts` is the digest of all that is shown. The share is gone once the account
    is closed. One that nobody asked for since `used_at` goes after some days.
    """

    __tablename__ = "collages"
    __table_args__ = (
        UniqueConstraint("name", name="uq_collages_name"),
        CheckConstraint(
            "status IN ('waiting', 'checking', 'ready', 'refused', 'hidden', 'failed')",
            name="status",
        ),
        CheckConstraint("cardinality(photos) BETWEEN 1 AND 9", name="photos"),
        CheckConstraint(
            "(reason IS NOT NULL) = (status IN ('refused', 'hidden', 'failed'))", name="reason"
        ),
        Index(
            "uq_collages_share_id_design",
            *("share_id", "template_id", "version", "facts"),
            unique=True,
            postgresql_where=sql("status <> 'failed'"),
        ),
        Index("ix_collages_user_id", "user_id", "created_at"),
        Index("ix_collages_template_id", "template_id"),
        Index("ix_collages_used_at", "used_at"),
        Index("ix_collages_waiting", "id", postgresql_where=sql("status = 'waiting'")),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    share_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("shares.id", ondelete="SET NULL")
    )
    template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("collage_templates.id"))
    version: Mapped[int]
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    photos: Mapped[list[str]] = mapped_column(ARRAY(Text))
    name: Mapped[str] = mapped_column(StoredFile)
    status: Mapped[str] = mapped_column(Text, server_default=sql("'waiting'"))
    reason: Mapped[str | None] = mapped_column(Text)
    used_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))
