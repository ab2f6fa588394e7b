"""A shop day held against WeChat's bill, and what didn't fit.

Amounts in fen, days by Asia/Shanghai.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

STATES = ("waiting", "done", "failed")
KINDS = ("theirs_only", "ours_only", "amount_differs", "billed_again")
SUBJECTS = ("payment", "refund")
TOTALS = "合计"
"""What a finding about a day's totals has for its number."""


class BillDay(Created, Base):
    """A shop day that is held against a bill. `waiting`: the bill isn't there yet, or WeChat
    couldn't tell all; `failed`: WeChat refuses it. `next_try_at` is when the sweep comes (again).
    """

    __abstract__ = True
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    error: Mapped[str | None] = mapped_column(Text)
    next_try_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class BillFinding(Created, Identified):
    """Something of a day in which a bill and our books differ, until it is resolved.

    `theirs_fen` is None when the bill doesn't have it, `ours_fen` when our books don't.
    `resolved_by` is None when no member of staff had to resolve it.
    """

    __abstract__ = True
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    theirs_fen: Mapped[int | None]
    ours_fen: Mapped[int | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(Text)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))


class Reconciliation(BillDay):
    """One shop day of the trade bill.

    `run` counts the runs and fences them: only the latest may write its result, and until
    `leased_until` no other starts. The totals are those of the last finished run; `foreign_rows`
    are rows of other AppIDs that share the merchant number.
    """

    __tablename__ = "reconciliations"
    run: Mapped[int] = mapped_column(server_default="0")
    leased_until: Mapped[datetime | None]
    their_payments: Mapped[int] = mapped_column(server_default="0")
    their_payments_fen: Mapped[int] = mapped_column(server_default="0")
    their_refunds: Mapped[int] = mapped_column(server_default="0")
    their_refunds_fen: Mapped[int] = mapped_column(server_default="0")
    our_payments: Mapped[int] = mapped_column(server_default="0")
    our_payments_fen: Mapped[int] = mapped_column(server_default="0")
    our_refunds: Mapped[int] = mapped_column(server_default="0")
    our_refunds_fen: Mapped[int] = mapped_column(server_default="0")
    foreign_rows: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'done', 'failed')", name="status"),
        Index(
            "ix_reconciliations_due",
            "next_try_at",
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )


class BillLine(Base):
    """A row of a bill while its day is being compared; gone when the run ends.

    `number` is the out_trade_no of a payment, the out_refund_no of a refund; `payment_number` is
    the out_trade_no of either.
    """

    __tablename__ = "bill_lines"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    transaction_id: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    payment_number: Mapped[str] = mapped_column(Text, server_default="")


class ReconciliationFinding(BillFinding):
    """A payment or refund in which they differ. `code` says what differs and what is to be done.

    The totals of a whole subject differ in one without a number of WeChat's (`TOTALS`).
    """

    __tablename__ = "reconciliation_findings"
    day: Mapped[date] = mapped_column(ForeignKey("reconciliations.day"))
    subject: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    transaction_id: Mapped[str] = mapped_column(Text, server_default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    run: Mapped[int]
    __table_args__ = (
        UniqueConstraint(
            "day", "kind", "subject", "number", name="uq_reconciliation_findings_once"
        ),
        CheckConstraint(
            "kind IN ('theirs_only', 'ours_only', 'amount_differs', 'billed_again')", name="kind"
        ),
        CheckConstraint("subject IN ('payment', 'refund')", name="subject"),
        CheckConstraint("(resolved_at IS NULL) = (resolution IS NULL)", name="resolution"),
        Index(
            "ix_reconciliation_findings_open",
            "day",
            "id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )
