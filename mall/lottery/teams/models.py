"""Tables of draws of teams: which activities have them, members' chances, orders made free."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created

DUE, GIVEN, TAKEN_BACK, REFUSED = "due", "given", "taken_back", "refused"
"""A member's chance: to be given; given; gone, since the order came back; the lottery was over."""


class LotteryActivity(Created, Base):
    """The lottery in which members of the activity's teams may draw."""

    __tablename__ = "lottery_activities"
    __table_args__ = (Index("ix_lottery_activities_lottery_id", "lottery_id"),)
    activity_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_activities.id"), primary_key=True
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lotteries.id"))


class LotteryMember(Created, Base):
    """One chance of a member of a settled team, for one order."""

    __tablename__ = "lottery_members"
    __table_args__ = (
        CheckConstraint("status IN ('due', 'given', 'taken_back', 'refused')", name="status"),
        Index("ix_lottery_members_shopper", "user_id", "activity_id", "member_id"),
        Index("ix_lottery_members_lottery_id", "lottery_id"),
        Index("ix_lottery_members_created_at", "created_at", **BY_TIME),
        Index("ix_lottery_members_due", "member_id", postgresql_where=text("status = 'due'")),
    )
    member_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_members.id"), primary_key=True
    )
    activity_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lottery_activities.activity_id")
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lotteries.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), unique=True)
    status: Mapped[str] = mapped_column(Text, server_default=text("'due'"))


class FreeOrder(Created, Base):
    """A member's order that a draw made free: its money is to go back, or went back (`done_at`),
    or the prize was taken back before (`canceled_at`). `grant_id` is the grant that gave it.

    `amount_fen` is what went back for it by `refund_no`, 0 where nothing was left.
    """

    __tablename__ = "lottery_free_orders"
    __table_args__ = (
        CheckConstraint("done_at IS NULL OR canceled_at IS NULL", name="ends"),
        CheckConstraint("(done_at IS NULL) = (amount_fen IS NULL)", name="amount"),
        CheckConstraint("(coalesce(amount_fen, 0) > 0) = (refund_no IS NOT NULL)", name="refund"),
        Index("ix_lottery_free_orders_grant_id", "grant_id"),
        Index("ix_lottery_free_orders_created_at", "created_at", **BY_TIME),
        Index(
            "ix_lottery_free_orders_due",
            "member_id",
            postgresql_where=text("done_at IS NULL AND canceled_at IS NULL"),
        ),
    )
    member_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lottery_members.member_id"), primary_key=True
    )
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    amount_fen: Mapped[int | None]
    refund_no: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    error: Mapped[str | None] = mapped_column(Text)
