"""Tables of rewards: rules with their budgets, and what each gave to whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified


class RewardRule(Identified, Created):
    """What is given for one ground, and how often.

    `reward` is a list of parts: kind, what of the kind (an id, or ""), how many. `budget`
    is how many times in all, `daily_cap` how many times a shopper and shop day; none is
    without limit. `granted` counts what was given and not taken back.
    """

    __tablename__ = "reward_rules"
    __table_args__ = (
        CheckConstraint("granted >= 0 AND granted <= budget", name="budget"),
        CheckConstraint("daily_cap > 0", name="daily_cap"),
    )
    name: Mapped[str] = mapped_column(Text)
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    budget: Mapped[int | None]
    daily_cap: Mapped[int | None]
    granted: Mapped[int] = mapped_column(server_default=text("0"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class RewardGrant(Identified, Created):
    """That a shopper was rewarded for an event under a rule: once.

    `receipts` is what the granters gave: kind, receipt, and after a reversal whether it
    could be taken back. `day` is the shop day that the cap counts.
    """

    __tablename__ = "reward_grants"
    __table_args__ = (
        UniqueConstraint("rule_id", "event", "user_id", name="uq_reward_grants_rule_event_user"),
        CheckConstraint("status IN ('granted', 'reversed')", name="status"),
        CheckConstraint("(status = 'reversed') = (reversed_at IS NOT NULL)", name="reversed_at"),
        Index("ix_reward_grants_created_at", "created_at", postgresql_using="brin"),
        Index("ix_reward_grants_rule_id_id", "rule_id", "id"),
        Index("ix_reward_grants_user_id_id", "user_id", "id"),
    )
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    event: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(Text, server_default=text("'granted'"))
    day: Mapped[date] = mapped_column(Date)
    receipts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    reversed_at: Mapped[datetime | None]


class RewardDay(Base):
    """How often a rule rewarded a shopper on a shop day; a reversal doesn't lower it."""

    __tablename__ = "reward_days"
    __table_args__ = (CheckConstraint("granted > 0", name="granted"),)
    rule_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reward_rules.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    granted: Mapped[int]
