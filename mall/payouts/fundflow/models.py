"""A shop day of transfers held against WeChat's fund-flow bill, and what didn't fit.

Amounts in fen, days by Asia/Shanghai.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.payments.reconciliation.models import BillDay, BillFinding

KINDS = ("missing", "extra", "amount")
_ZERO = text("0")


class FundFlowDay(BillDay):
    """One shop day. The totals are those of the last comparison: rows of the bill that are
    transfers, and our transfers that succeeded on the day."""

    __tablename__ = "fund_flow_days"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'done', 'failed')", name="status"),
        Index(
            "ix_fund_flow_days_due",
            "next_try_at",
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )
    their_transfers: Mapped[int] = mapped_column(server_default=_ZERO)
    their_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    our_transfers: Mapped[int] = mapped_column(server_default=_ZERO)
    our_fen: Mapped[int] = mapped_column(server_default=_ZERO)


class FundFlowFinding(BillFinding):
    """A transfer in which they differ.

    `missing`: ours succeeded, the bill doesn't have it. `extra`: the bill has it, our books have
    no such transfer that succeeded. `amount`: both have it, with another amount.
    """

    __tablename__ = "fund_flow_findings"
    __table_args__ = (
        UniqueConstraint("day", "number"),
        CheckConstraint("kind IN ('missing', 'extra', 'amount')", name="kind"),
        CheckConstraint("(resolved_at IS NULL) = (resolution IS NULL)", name="resolution"),
        Index(
            "ix_fund_flow_findings_open",
            "day",
            "id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )
    day: Mapped[date] = mapped_column(ForeignKey("fund_flow_days.day"))
