"""Tables of posters: what staff design, and what was made by it for a share."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Created, Identified
from mall.kernel.uploaded import StoredFile
from mall.sharing.pictures.models import Design

NOW = text("clock_timestamp()")


class PosterTemplate(Design):
    """A design of posters: `layout` is what `layouts.LayoutSchema` takes."""

    __tablename__ = "poster_templates"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)


class Poster(Identified, Created):
    """A poster of a share by one version of a design.

    The share is gone once the account is closed. `facts` is the digest of what is shown (name,
    price, picture): with another price it's another poster. `name` is where its bytes are once it
    is `ready`. One that nobody asked for since `used_at` goes after some days.
    """

    __tablename__ = "posters"
    __table_args__ = (
        UniqueConstraint(
            "share_id", "template_id", "version", "facts", name="uq_posters_share_id_design"
        ),
        UniqueConstraint("name", name="uq_posters_name"),
        CheckConstraint("status IN ('waiting', 'ready')", name="status"),
        Index("ix_posters_user_id", "user_id", "id"),
        Index("ix_posters_template_id", "template_id"),
        Index("ix_posters_used_at", "used_at"),
        Index("ix_posters_created_at", "created_at", **BY_TIME),
        Index("ix_posters_waiting", "id", postgresql_where=text("status = 'waiting'")),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    share_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("shares.id", ondelete="SET NULL")
    )
    template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("poster_templates.id"))
    version: Mapped[int]
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(StoredFile)
    status: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    used_at: Mapped[datetime] = mapped_column(server_default=NOW)
