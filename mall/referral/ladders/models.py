"""Tables of ladders: what staff compose, and the steps that shoppers reached with their rewards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

LADDER, ONE_TO_ONE, ONE_TO_TWO = "ladder", "one_to_one", "one_to_two"
MODES = (LADDER, ONE_TO_ONE, ONE_TO_TWO)
INVITER, PER_INVITEE, INVITEE = "inviter", "per_invitee", "invitee"
SIDES = (INVITER, PER_INVITEE, INVITEE)
"""Who is rewarded for what: the inviter for so many qualified invitees, the inviter for so many
settled orders of one invitee, the invitee for so many settled orders of their own."""


class LadderCampaign(Identified, Created):
    """A campaign: what stays the same in all of its versions. `version` is the newest.

    From `stopped_at` on it counts no further invites; those before go on.
    """

    __tablename__ = "ladder_campaigns"
    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("(stopped_at IS NULL) = (stop_reason IS NULL)", name="stopped"),
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None] = mapped_column(Text)


class LadderVersion(Created, Base):
    """A campaign as staff saved it; a row never changes (a trigger). None follows the start."""

    __tablename__ = "ladder_versions"
    __table_args__ = (
        CheckConstraint("mode IN ('ladder', 'one_to_one', 'one_to_two')", name="mode"),
        CheckConstraint("starts_at < ends_at", name="times"),
    )
    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("ladder_campaigns.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class LadderRung(Base):
    """One rung of a version; a row never changes (a trigger).

    `threshold` counts qualified invitees or settled orders, by `side`. `times` is how often it is
    reached: with 20 at each multiple of the threshold, up to the twentieth. `name` and `reward`
    are what the reward rule said when the version was saved.
    """

    __tablename__ = "ladder_rungs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "version"],
            ["ladder_versions.campaign_id", "ladder_versions.version"],
            name="fk_ladder_rungs_version",
        ),
        UniqueConstraint("campaign_id", "version", "side", "threshold", name="uq_ladder_rungs_at"),
        CheckConstraint("side IN ('inviter', 'per_invitee', 'invitee')", name="side"),
        CheckConstraint("threshold > 0", name="threshold"),
        CheckConstraint("times = 1 OR times > 1 AND side = 'inviter'", name="times"),
    )
    campaign_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(Text)
    threshold: Mapped[int]
    times: Mapped[int]
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    name: Mapped[str] = mapped_column(Text)
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class LadderGrant(Identified, Created):
    """That a shopper came to a step of a rung, and the reward that stands for it now: once.

    `step` counts the times of the rung. `invite_id` is the invite whose orders are counted, none
    where invites are. `grant_id` is the newest reward, `attempts` how many there were: what went
    back may be earned again. `refusal` is the code of the reward rule that gave nothing. The row
    stays when the step isn't reached any more; its reward is back then.
    """

    __tablename__ = "ladder_grants"
    __table_args__ = (
        UniqueConstraint(
            *("campaign_id", "position", "user_id", "invite_id", "step"),
            name="uq_ladder_grants_step",
            postgresql_nulls_not_distinct=True,
        ),
        ForeignKeyConstraint(
            ["campaign_id", "version", "position"],
            ["ladder_rungs.campaign_id", "ladder_rungs.version", "ladder_rungs.position"],
            name="fk_ladder_grants_rung",
        ),
        CheckConstraint("step > 0", name="step"),
        CheckConstraint("attempts >= 0 AND (attempts > 0) = (grant_id IS NOT NULL)", name="grant"),
        Index("ix_ladder_grants_user_id_campaign_id", "user_id", "campaign_id"),
        Index("ix_ladder_grants_campaign_id_id", "campaign_id", "id"),
        Index("ix_ladder_grants_grant_id", "grant_id"),
        Index(
            "ix_ladder_grants_invite_id",
            "invite_id",
            postgresql_where=text("invite_id IS NOT NULL"),
        ),
        Index("ix_ladder_grants_refused", "id", postgresql_where=text("refusal IS NOT NULL")),
        Index("ix_ladder_grants_created_at", "created_at", **BY_TIME),
    )
    campaign_id: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    step: Mapped[int] = mapped_column(SmallInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    invite_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("referral_invites.id"))
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    refusal: Mapped[str | None] = mapped_column(Text)
