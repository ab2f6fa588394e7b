"""Tables of payouts: what is owed, the transfers that try to pay it, debts. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

RECEIVER_NAME = "payout.receiver_name"
"""What a receiver's name is sealed for, until the transfer is over."""
_ZERO = text("0")


class Payout(Identified, Created):
    """Money that the shop owes a shopper.

    `kind` and `source` say for what; the same is owed once. Of `amount_fen`, `back_fen` was
    taken back since and `offset_fen` paid an older debt of the shopper's; the rest is to be
    paid. `ready` waits for the shopper, `asked` has a transfer under way, `void` has nothing left
    to be paid. `way` is how it was paid; by hand with the `receipt` of staff.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("payout_no"),
        UniqueConstraint("kind", "source"),
        Index("ix_payouts_created_at", "created_at", **BY_TIME),
        CheckConstraint("status IN ('ready', 'asked', 'paid', 'void')", name="status"),
        CheckConstraint(
            "amount_fen > 0 AND back_fen >= 0 AND offset_fen >= 0"
            " AND back_fen + offset_fen <= amount_fen",
            name="amounts",
        ),
        CheckConstraint("(status = 'void') = (back_fen + offset_fen = amount_fen)", name="void"),
        CheckConstraint(
            "(status = 'paid') = (paid_at IS NOT NULL) AND (status = 'paid') = (way IS NOT NULL)"
            " AND way IN ('transfer', 'hand')",
            name="paid",
        ),
        CheckConstraint(
            "(receipt IS NOT NULL) = (coalesce(way, '') = 'hand')",
            name="receipt",
        ),
        Index("ix_payouts_user_id_id", "user_id", "id"),
        Index("ix_payouts_status_id", "status", "id"),
        Index("ix_payouts_paid_at", "paid_at", postgresql_where=text("paid_at IS NOT NULL")),
    )
    payout_no: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    back_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    offset_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    status: Mapped[str] = mapped_column(Text, server_default=text("'ready'"))
    way: Mapped[str | None] = mapped_column(Text)
    receipt: Mapped[str | None] = mapped_column(Text)
    paid_at: Mapped[datetime | None]

    @property
    def payable_fen(self) -> int:
        """What is to be paid, or was."""
        return self.amount_fen - self.back_fen - self.offset_fen


class PayoutTransfer(Identified, Created):
    """One transfer by WeChat for a payout. At most one of a payout is under way.

    `pending` isn't known to be with WeChat; `confirming` waits for the shopper, who gets
    `package_info`. `refused`: WeChat never took it on. `error` is why the last try or the
    transfer failed, in WeChat's words. `report` and `perception` are what WeChat was told, each
    time the same. `day` is the shop day whose limits count it. Since `abandoned_at` it is
    sent no more, as staff asked: it is `refused` once WeChat says that it doesn't know it.
    `wechat_ended_at` is when it ended by WeChat's clock; `billed_on` is the day of the fund-flow
    bill that has it.
    """

    __tablename__ = "payout_transfers"
    __table_args__ = (
        UniqueConstraint("out_bill_no"),
        CheckConstraint(
            "status IN ('pending', 'accepted', 'confirming', 'transferring', 'canceling',"
            " 'succeeded', 'failed', 'canceled', 'refused')",
            name="status",
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'canceled', 'refused'))"
            " AND (ended_at IS NULL OR name_sealed IS NULL)",
            name="ended",
        ),
        Index(
            "uq_payout_transfers_live",
            "payout_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_payout_transfers_payout_id", "payout_id", "id"),
        Index("ix_payout_transfers_user_id_day", "user_id", "day"),
        Index("ix_payout_transfers_day", "day"),
        Index(
            "ix_payout_transfers_unbilled",
            "wechat_ended_at",
            postgresql_where=text("status = 'succeeded' AND billed_on IS NULL"),
        ),
        Index(
            "ix_payout_transfers_billed_on",
            "billed_on",
            postgresql_where=text("billed_on IS NOT NULL"),
        ),
    )
    payout_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payouts.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    out_bill_no: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    scene_id: Mapped[str] = mapped_column(Text)
    report: Mapped[list[list[str]]] = mapped_column(JSONB)
    perception: Mapped[str] = mapped_column(Text)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sealed": RECEIVER_NAME})
    day: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(Text, server_default=text("'pending'"))
    transfer_bill_no: Mapped[str | None] = mapped_column(Text)
    package_info: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    abandoned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    wechat_ended_at: Mapped[datetime | None]
    billed_on: Mapped[date | None] = mapped_column(Date)


class PayoutSum(Base):
    """What the merchant's transfers of a `period` amount to, but for those that ended without
    money. A period is a shop day ("2026-11-27") or a month ("2026-11")."""

    __tablename__ = "payout_sums"
    __table_args__ = (CheckConstraint("amount_fen >= 0", name="amount"),)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    amount_fen: Mapped[int] = mapped_column(server_default=_ZERO)


class PayoutAccount(Base):
    """What a shopper owes the shop: rewards that were taken back after they were paid."""

    __tablename__ = "payout_accounts"
    __table_args__ = (CheckConstraint("debt_fen >= 0", name="debt"),)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    debt_fen: Mapped[int] = mapped_column(server_default=_ZERO)


class PayoutDebt(Identified, Created):
    """A change of a shopper's debt: above zero what of a payout is owed back, below zero what
    another payout paid of it."""

    __tablename__ = "payout_debts"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount"),
        Index("ix_payout_debts_user_id", "user_id", "id"),
        Index("ix_payout_debts_payout_id", "payout_id"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    payout_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payouts.id"))
    amount_fen: Mapped[int]
