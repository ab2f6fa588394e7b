"""Tables of rewards for reviews: what is rewarded, what each review got, known phrases."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class ReviewReward(Identified, Created):
    """What reviews are rewarded for: the terms of a kind, and the reward rule that pays.

    One of a kind is enabled at a time. `after_settling`: promised on approval, given when the
    order is settled. `text` is what shoppers read of it. There is no column for stars.
    """

    __tablename__ = "review_rewards"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('quality', 'base', 'picture', 'video', 'first_of_sku', 'featured')",
            name="kind",
        ),
        CheckConstraint("min_characters >= 0 AND min_pictures >= 0", name="least"),
        CheckConstraint("at_most = 1 OR at_most > 1 AND kind = 'picture'", name="at_most"),
        Index(
            "uq_review_rewards_kind_enabled",
            "kind",
            unique=True,
            postgresql_where=sql("enabled"),
        ),
    )
    kind: Mapped[str] = mapped_column(Text)
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    text: Mapped[str] = mapped_column(Text)
    min_characters: Mapped[int] = mapped_column(SmallInteger)
    min_pictures: Mapped[int] = mapped_column(SmallInteger)
    at_most: Mapped[int] = mapped_column(SmallInteger)
    after_settling: Mapped[bool]
    enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class ReviewRewardGrant(Created, Base):
    """What a review got of a kind. A review is of one order line, so a line gets it once.

    `grant_id` is the newest grant, `attempts` how many there were: what went back with a hidden
    review is given anew when the review is shown again. `refusal` is why the rule gave nothing.
    `sku_id` is that of the first review of a SKU: one review has it, whatever becomes of it.
    """

    __tablename__ = "review_reward_grants"
    __table_args__ = (
        UniqueConstraint("sku_id", name="uq_review_reward_grants_sku_id"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("(kind = 'first_of_sku') = (sku_id IS NOT NULL)", name="sku"),
        Index("ix_review_reward_grants_grant_id", "grant_id"),
        Index("ix_review_reward_grants_created_at", "created_at", **BY_TIME),
        Index(
            "ix_review_reward_grants_refused",
            "review_id",
            postgresql_where=sql("refusal IS NOT NULL"),
        ),
    )
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    reward_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("review_rewards.id"))
    version: Mapped[int]
    times: Mapped[int] = mapped_column(SmallInteger)
    sku_id: Mapped[int | None] = mapped_column(BigInteger)
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    attempts: Mapped[int] = mapped_column(server_default=sql("0"))
    refusal: Mapped[str | None] = mapped_column(Text)


class ReviewPhrase(Base):
    """A row of letters (its hash) and the first review that has it (`phrases.py`)."""

    __tablename__ = "review_phrases"
    __table_args__ = (Index("ix_review_phrases_review_id", "review_id"),)
    phrase: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"))
