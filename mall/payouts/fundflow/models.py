"""A shop day of transfers held against WeChat's fund-flow bill, and what didn't fit.

Amounts in fen, days by Asia/Shanghai.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

STATES = ("waiting", "done", "failed")
KINDS = ("missing", "extra", "amount")
_ZERO = text("0")


class FundFlowDay(Created, Base):
    """One shop day. `waiting`: the bill isn't there yet; `failed`: WeChat refuses it.

    `next_try_at` is when the sweep comes (again). The totals are those of the last comparison:
    rows of the bill that are transfers, and our transfers that succeeded on the day.
    """

    __tablename__ = "fund_flow_days"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'done', 'failed')", name="status"),
        Index(
            "ix_fund_flow_days_due",
            "next_try_at",
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    status: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    error: Mapped[str | None] = mapped_column(Text)
    next_try_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    their_transfers: Mapped[int] = mapped_column(server_default=_ZERO)
    their_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    our_transfers: Mapped[int] = mapped_column(server_default=_ZERO)
    our_fen: Mapped[int] = mapped_column(server_default=_ZERO)


class FundFlowFinding(Created, Identified):
    """A transfer in which the bill of a day and our books differ, until it is resolved.

    `missing`: ours succeeded, the bill doesn't have it. `extra`: the bill has it, our books have
    no such transfer that succeeded. `amount`: both have it, with another amount. `resolved_by`
    is None when a later comparison found it right.
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
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    theirs_fen: Mapped[int | None]
    ours_fen: Mapped[int | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(Text)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
