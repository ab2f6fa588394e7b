"""The table of withdrawals. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Created, Identified

WAITING, APPROVED, PAID = "waiting", "approved", "paid"
FAILED, CANCELED, REFUSED = "failed", "canceled", "refused"
STATUSES = (WAITING, APPROVED, PAID, FAILED, CANCELED, REFUSED)
OPEN_STATUSES = (WAITING, APPROVED)
"""The commission is held."""


class Withdrawal(Identified, Created):
    """Commission that a promoter asks for.

    Of `amount_fen`, held on the commission ledger under `number`, the shop keeps `fee_fen`; the
    rest is the payout's. `waiting` is for staff; `approved` has a payout; `paid` is over with
    money, `failed` (the transfer), `canceled` and `refused` are over without, and the commission
    is available again. `day` is the shop day whose limits count it. `decided_by` is empty when no
    staff had to decide. `reason` is what staff said when they decided, `cancel_reason` when they
    cancelled; `error` is WeChat's.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("payout_id"),
        CheckConstraint(
            "status IN ('waiting', 'approved', 'paid', 'failed', 'canceled', 'refused')",
            name="status",
        ),
        CheckConstraint("amount_fen > 0 AND fee_fen >= 0 AND fee_fen < amount_fen", name="amounts"),
        CheckConstraint("(ended_at IS NULL) = (status IN ('waiting', 'approved'))", name="ended"),
        CheckConstraint(
            "status NOT IN ('approved', 'paid', 'failed') OR payout_id IS NOT NULL", name="payout"
        ),
        Index("ix_withdrawals_user_id_day", "user_id", "day"),
        Index("ix_withdrawals_user_id_id", "user_id", "id"),
        Index("ix_withdrawals_status_id", "status", "id"),
        Index("ix_withdrawals_created_at", "created_at", **BY_TIME),
        Index("ix_withdrawals_ended_at", "ended_at", **BY_TIME),
    )
    number: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    amount_fen: Mapped[int]
    fee_fen: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(Text)
    payout_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payouts.id"))
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]

    @property
    def payable_fen(self) -> int:
        """What the promoter gets."""
        return self.amount_fen - self.fee_fen
