"""Tables of rewards: rules with their budgets, what each gave to whom, and what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

PIECES, FEN = "pieces", "fen"
BUDGET_UNITS = (PIECES, FEN)


class RewardRule(Identified, Created):
    """What is given for one ground, and how often.

    `reward` is a list of parts: kind, what of the kind (an id, or ""), how many. `budget` is
    what may be given in all, in `budget_unit`: rewards (`pieces`), or what they cost the shop
    (`fen`); `used` is what of it was given while there was a budget. `budget_returns` says
    whether what is taken back may be given again. `daily_cap` is how many times a shopper and
    shop day. No budget and no cap are without limit. `version` counts what staff saved.
    """

    __tablename__ = "reward_rules"
    __table_args__ = (
        CheckConstraint("used >= 0 AND used <= budget", name="budget"),
        CheckConstraint("budget_unit IN ('pieces', 'fen')", name="budget_unit"),
        CheckConstraint("daily_cap > 0", name="daily_cap"),
    )
    name: Mapped[str] = mapped_column(Text)
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    budget: Mapped[int | None]
    budget_unit: Mapped[str] = mapped_column(Text, server_default=text("'pieces'"))
    budget_returns: Mapped[bool] = mapped_column(server_default=text("true"))
    used: Mapped[int] = mapped_column(server_default=text("0"))
    daily_cap: Mapped[int | None]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class RewardGrant(Identified, Created):
    """That a shopper is rewarded for an event under a rule: once.

    `ground` ("order:2026…") finds the grant again when its ground is settled or gone.
    `budget_used` is what it takes of the rule's budget now, 0 when the rule had none. `day` is
    the shop day that the cap counts. `refusal` is why a pending one could not be given.
    """

    __tablename__ = "reward_grants"
    __table_args__ = (
        UniqueConstraint("rule_id", "event", "user_id", name="uq_reward_grants_rule_event_user"),
        CheckConstraint("status IN ('pending', 'granted', 'reversed', 'canceled')", name="status"),
        CheckConstraint("(status = 'reversed') = (reversed_at IS NOT NULL)", name="reversed_at"),
        CheckConstraint("budget_used >= 0", name="budget_used"),
        CheckConstraint("refusal IS NULL OR status = 'pending'", name="refusal"),
        Index("ix_reward_grants_created_at", "created_at", **BY_TIME),
        Index("ix_reward_grants_rule_id_id", "rule_id", "id"),
        Index("ix_reward_grants_user_id_id", "user_id", "id"),
        Index("ix_reward_grants_ground", "ground", postgresql_where=text("ground IS NOT NULL")),
        Index("ix_reward_grants_refused", "id", postgresql_where=text("refusal IS NOT NULL")),
    )
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    event: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    ground: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=text("'granted'"))
    day: Mapped[date] = mapped_column(Date)
    budget_used: Mapped[int] = mapped_column(server_default=text("0"))
    refusal: Mapped[str | None] = mapped_column(Text)
    reversed_at: Mapped[datetime | None]


class RewardPart(Base):
    """One part of a grant: `count` units of `what`, and what of them came back.

    `receipt` is the granter's word for what it gave; none while the grant is pending, and for
    a part that nothing was left of when the grant was given. `cost_fen` is what the part costs
    the shop, where the rule's budget is in fen. `taken_back` units are the shop's again (or
    were never given), `debt` units were due back but had been spent.
    """

    __tablename__ = "reward_parts"
    __table_args__ = (
        CheckConstraint("count > 0", name="count"),
        CheckConstraint(
            "taken_back >= 0 AND debt >= 0 AND taken_back + debt <= count", name="taken_back"
        ),
        CheckConstraint("cost_fen >= 0", name="cost_fen"),
    )
    grant_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reward_grants.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    count: Mapped[int]
    cost_fen: Mapped[int] = mapped_column(server_default=text("0"))
    receipt: Mapped[str | None] = mapped_column(Text)
    taken_back: Mapped[int] = mapped_column(server_default=text("0"))
    debt: Mapped[int] = mapped_column(server_default=text("0"))


class RewardStep(Identified, Created):
    """That a grant went on: to another state, or that a part of it was taken back.

    Its first state has no step: the grant's own row says when it was made. `taken` is what
    came back in this step, by part: position, taken_back, debt.
    """

    __tablename__ = "reward_steps"
    __table_args__ = (
        Index("ix_reward_steps_grant_id_id", "grant_id", "id"),
        Index("ix_reward_steps_created_at", "created_at", **BY_TIME),
    )
    grant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    from_status: Mapped[str] = mapped_column(Text)
    to_status: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    taken: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))


class RewardDay(Base):
    """How often a rule rewarded a shopper on a shop day; a reversal doesn't lower it."""

    __tablename__ = "reward_days"
    __table_args__ = (
        CheckConstraint("granted > 0", name="granted"),
        Index("ix_reward_days_day", "day", **BY_TIME),
    )
    rule_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reward_rules.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    granted: Mapped[int]
