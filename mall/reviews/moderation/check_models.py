"""Tables of the machine's checks: what each found, and what it is compared with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

WAITING, PASS, REVIEW, RISKY = "waiting", "pass", "review", "risky"
OWN, TEXT = "own", "text"
"""Parts of a content that aren't pictures: the shop's own inspection, and WeChat's of the text."""


class ContentCheck(Created, Identified, Base):
    """One check of one version of a content. `part` is `own`, `text` or a picture's upload name.

    `findings` is a list of {code, detail}. `sent_at`: when WeChat took a picture; its verdict
    comes by push under `trace_id`. A check that can't be made ends as `review`: staff decide.
    """

    __tablename__ = "content_checks"
    __table_args__ = (
        UniqueConstraint("content_id", "version", "part"),
        CheckConstraint("status IN ('waiting', 'pass', 'review', 'risky')", name="status"),
        Index("ix_content_checks_waiting", "sent_at", postgresql_where=sql("status = 'waiting'")),
        Index("ix_content_checks_risky", "content_id", postgresql_where=sql("status = 'risky'")),
    )
    content_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("moderated_contents.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    part: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    trace_id: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class MediaVerdictRow(Base):
    """A trace id of WeChat: the check that it belongs to, and the verdict that was pushed.

    Either may come first; whoever completes the row applies the verdict.
    """

    __tablename__ = "media_verdicts"
    __table_args__ = (Index("ix_media_verdicts_seen_at", "seen_at"),)
    trace_id: Mapped[str] = mapped_column(Text, primary_key=True)
    check_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str | None] = mapped_column(Text)
    label: Mapped[int | None] = mapped_column(Integer)
    seen_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))


class BlockedWord(Created, Identified, Base):
    """A word of the shop's own list. `review`: staff decide; `risky`: refused."""

    __tablename__ = "blocked_words"
    __table_args__ = (
        UniqueConstraint("word"),
        CheckConstraint("suggest IN ('review', 'risky')", name="suggest"),
    )
    word: Mapped[str] = mapped_column(Text)
    suggest: Mapped[str] = mapped_column(Text)


class ContentPicture(Base):
    """The perceptual hash of a picture, 64 bits, and its four bands of 16.

    Two hashes that differ in three bits or fewer have a band in common.
    """

    __tablename__ = "content_pictures"
    __table_args__ = (
        Index("ix_content_pictures_content_id", "content_id"),
        Index("ix_content_pictures_band_1", "band_1"),
        Index("ix_content_pictures_band_2", "band_2"),
        Index("ix_content_pictures_band_3", "band_3"),
        Index("ix_content_pictures_band_4", "band_4"),
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    content_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("moderated_contents.id"))
    phash: Mapped[int] = mapped_column(BigInteger)
    band_1: Mapped[int] = mapped_column(Integer)
    band_2: Mapped[int] = mapped_column(Integer)
    band_3: Mapped[int] = mapped_column(Integer)
    band_4: Mapped[int] = mapped_column(Integer)


class ContentTextBand(Base):
    """A band of a text's MinHash: texts that are alike have one in common."""

    __tablename__ = "content_text_bands"
    __table_args__ = (Index("ix_content_text_bands_hash", "band", "hash"),)
    content_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("moderated_contents.id"), primary_key=True
    )
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    hash: Mapped[int] = mapped_column(BigInteger)


class ContentReport(Created, Base):
    """A shopper says that a content shouldn't be shown."""

    __tablename__ = "content_reports"
    __table_args__ = (Index("ix_content_reports_user_id", "user_id"),)
    content_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("moderated_contents.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default=sql("''"))
