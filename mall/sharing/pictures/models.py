"""What a design of pictures is, and the codes of shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified
from mall.kernel.uploaded import UploadNames


class Design(Identified, Created):
    """A design of pictures, one table a kind: `layout` is what the kind's schema takes. Each change
    is a new `version`.

    Offered to shoppers for pages of `page_kinds` while `enabled`.
    """

    __abstract__ = True
    name: Mapped[str] = mapped_column(Text)
    page_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    layout: Mapped[dict[str, Any]] = mapped_column(UploadNames)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    enabled: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class ShareCode(Base):
    """The mini-program code of a share, asked of WeChat once."""

    __tablename__ = "share_codes"
    share_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("shares.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    image: Mapped[bytes] = mapped_column(LargeBinary)
