"""The table of imported reviews."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created


class ImportedReview(Created, Base):
    """Which row of a sheet a review comes from (`key`), so that the row again is the same review.

    `pictures` are the addresses that the row names. They are others': kept, neither fetched nor
    shown.
    """

    __tablename__ = "imported_reviews"
    __table_args__ = (
        CheckConstraint("octet_length(key) = 16", name="key"),
        UniqueConstraint("review_id", name="uq_imported_reviews_review_id"),
        Index("ix_imported_reviews_created_at", "created_at", **BY_TIME),
    )
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"))
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text))
