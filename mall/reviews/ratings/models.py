"""Tables of what is counted of reviews, and of votes on them."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

_ZERO = sql("0")


class SpuRating(Base):
    """The approved reviews of a product. `approved` leaves out the defaults, which have their own
    count and are in no other; `star_sum` and `stars_…` leave out those that have no stars."""

    __tablename__ = "spu_ratings"
    __table_args__ = (
        CheckConstraint(
            "least(approved, star_sum, stars_1, stars_2, stars_3, stars_4, stars_5, with_pictures,"
            " with_video, follow_ups, low, defaults) >= 0",
            name="counts",
        ),
        CheckConstraint(
            "star_sum = stars_1 + 2 * stars_2 + 3 * stars_3 + 4 * stars_4 + 5 * stars_5",
            name="stars",
        ),
    )
    spu_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    approved: Mapped[int] = mapped_column(server_default=_ZERO)
    star_sum: Mapped[int] = mapped_column(server_default=_ZERO)
    stars_1: Mapped[int] = mapped_column(server_default=_ZERO)
    stars_2: Mapped[int] = mapped_column(server_default=_ZERO)
    stars_3: Mapped[int] = mapped_column(server_default=_ZERO)
    stars_4: Mapped[int] = mapped_column(server_default=_ZERO)
    stars_5: Mapped[int] = mapped_column(server_default=_ZERO)
    with_pictures: Mapped[int] = mapped_column(server_default=_ZERO)
    with_video: Mapped[int] = mapped_column(server_default=_ZERO)
    follow_ups: Mapped[int] = mapped_column(server_default=_ZERO)
    low: Mapped[int] = mapped_column(server_default=_ZERO)
    defaults: Mapped[int] = mapped_column(server_default=_ZERO)


class SpuRatingTag(Base):
    """How many approved reviews of a product have a tag."""

    __tablename__ = "spu_rating_tags"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)
    spu_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]


class ReviewListing(Base):
    """That an approved review stands in one list of its product: "all", "pictures", "sku:12" …

    Each list has its own rows, so that any filter under any order reads one index from a point on,
    whatever number of reviews the product has. `wilson` is the review's.
    """

    __tablename__ = "review_listings"
    __table_args__ = (
        Index(
            "ix_review_listings_helpful",
            *("spu_id", "facet", "wilson", "review_id"),
        ),
        Index("ix_review_listings_review_id", "review_id"),
    )
    spu_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    facet: Mapped[str] = mapped_column(Text, primary_key=True)
    review_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reviews.id"), primary_key=True, autoincrement=False
    )
    wilson: Mapped[float] = mapped_column(Float(53))


class ReviewVote(Created, Identified, Base):
    """That a shopper found a review helpful, or not: one a shopper. One that is changed is as new
    as one that is made. Of whoever closes the account the vote stays, without a name."""

    __tablename__ = "review_votes"
    __table_args__ = (
        UniqueConstraint("review_id", "user_id"),
        Index("ix_review_votes_user_id", "user_id"),
        Index("ix_review_votes_created_at", "created_at", **BY_TIME),
    )
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    helpful: Mapped[bool]
