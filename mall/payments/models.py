"""Payment attempts, callbacks of WeChat Pay, and refunds.

Amounts in fen. An attempt is one `out_trade_no`; an order may have many, of which at most
one is alive and at most one paid it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
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

LIVE = ("created", "prepaid")
"""States of an attempt that the shopper may still pay."""


class PaymentAttempt(Created, Identified):
    """One payment as it was asked of WeChat.

    `order_id` is the order that it pays for; it moves when a late payment pays for the
    order that replaces a closed one. `created` may or may not have reached WeChat,
    `succeeded` paid `order_id`, `refunded` came in but pays for nothing: all of it goes
    back. `request` is the exact body; only with the same one WeChat gives another
    prepay_id. `next_query_at` is when WeChat will be asked again, if at all.
    """

    __tablename__ = "payment_attempts"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    out_trade_no: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    openid: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="created")
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prepay_id: Mapped[str | None] = mapped_column(Text)
    prepay_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    transaction_id: Mapped[str | None] = mapped_column(Text)
    success_at: Mapped[datetime | None]
    payer_total_fen: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    next_query_at: Mapped[datetime | None]
    queries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    __table_args__ = (
        UniqueConstraint("out_trade_no", name="uq_payment_attempts_out_trade_no"),
        UniqueConstraint("transaction_id", name="uq_payment_attempts_transaction_id"),
        Index(
            "uq_payment_attempts_live_order",
            "order_id",
            unique=True,
            postgresql_where=text("status IN ('created', 'prepaid')"),
        ),
        Index(
            "uq_payment_attempts_paid_order",
            "order_id",
            unique=True,
            postgresql_where=text("status = 'succeeded'"),
        ),
        Index(
            "ix_payment_attempts_due",
            "next_query_at",
            postgresql_where=text("next_query_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_attempts_success_at",
            "success_at",
            postgresql_where=text("success_at IS NOT NULL"),
        ),
        Index("ix_payment_attempts_created_at", "created_at", **BY_TIME),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "status IN ('created', 'prepaid', 'succeeded', 'closed', 'refunded')", name="status"
        ),
        CheckConstraint(
            "(status IN ('succeeded', 'refunded')) = (transaction_id IS NOT NULL)", name="paid"
        ),
    )


class OrderClosing(Created, Base):
    """An order that is to be closed as soon as WeChat says that it wasn't paid.

    While the row is there no payment is started. It is gone when the order is closed or
    turned out to be paid. `error` is why the last try didn't end it: WeChat's code, or a word
    of ours.
    """

    __tablename__ = "order_closings"
    __table_args__ = (Index("ix_order_closings_created_at", "created_at"),)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    cause: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(index=True)
    error: Mapped[str | None] = mapped_column(Text)


class WechatNotification(Base):
    """The inbox: every callback that was genuine, once, and what was made of it."""

    __tablename__ = "wechat_notifications"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    event_type: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(
        server_default=text("clock_timestamp()"), index=True
    )


class PaymentDiscrepancy(Created, Identified):
    """Something WeChat says that doesn't fit our books: not applied, for staff to look at.

    `order_id` is the order that it is about, where one is known: as long as it is open, nothing
    of that order is sent. `resolved_by` is None when WeChat's later word resolved it.
    `expected` and `actual` hold no personal data.
    """

    __tablename__ = "payment_discrepancies"
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    transaction_id: Mapped[str] = mapped_column(Text, server_default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    expected: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actual: Mapped[dict[str, Any]] = mapped_column(JSONB)
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(Text)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    __table_args__ = (
        UniqueConstraint("kind", "number", "transaction_id", name="uq_payment_discrepancies_once"),
        CheckConstraint("(resolved_at IS NULL) = (resolution IS NULL)", name="resolution"),
        Index(
            "ix_payment_discrepancies_order_id",
            "order_id",
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        Index(
            "ix_payment_discrepancies_open",
            "number",
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )


class Refund(Created, Identified):
    """Money that goes back to the payer of an attempt.

    `refund_no` is ours and stays; `out_refund_no` is what WeChat knows it by, new after
    WeChat closed the one before (`generation`). `request` is the exact
    request, the same in every try of one `out_refund_no`. `kind` is `order` (of lines or freight
    of its order), `late_payment` or `duplicate_payment`; the last two give back a whole payment
    that paid for nothing, and have no lines. `cause` says who asked, and why: `staff`,
    `aftersales:<number>`, or a feature and its ground, such as `groupbuy:team:17`; except for
    staff an order has one refund a cause. Staff may not cancel one that isn't `cancellable`. A
    refund of nothing (units of a free order) has no attempt: WeChat isn't asked.
    `error` is WeChat's code of what stands in the way, `error_message` its own sentence.
    `tried_at` is when WeChat was last asked for it, under the number of `tried_generation`;
    `succeeded_at` when it paid, by its clock;
    `ended_at` when our books were told that it arrived, or that it never will.
    """

    __tablename__ = "refunds"
    refund_no: Mapped[str] = mapped_column(Text)
    out_refund_no: Mapped[str] = mapped_column(Text)
    generation: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("payment_attempts.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    cancellable: Mapped[bool] = mapped_column(server_default=text("true"))
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    amount_fen: Mapped[int]
    freight_fen: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(Text)
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    refund_id: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    tried_at: Mapped[datetime | None]
    tried_generation: Mapped[int | None]
    succeeded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("refund_no", name="uq_refunds_refund_no"),
        UniqueConstraint("out_refund_no", name="uq_refunds_out_refund_no"),
        Index(
            "uq_refunds_whole_payment",
            "attempt_id",
            unique=True,
            postgresql_where=text("kind <> 'order'"),
        ),
        Index(
            "uq_refunds_cause",
            "order_id",
            "cause",
            unique=True,
            postgresql_where=text("kind = 'order' AND cause <> 'staff'"),
        ),
        Index("ix_refunds_tried_at", "tried_at", postgresql_where=text("refund_id IS NOT NULL")),
        Index("ix_refunds_status_id", "status", "id"),
        Index(
            "ix_refunds_under_way",
            "id",
            postgresql_where=text("status NOT IN ('succeeded', 'canceled')"),
        ),
        CheckConstraint(
            "CASE WHEN attempt_id IS NULL THEN amount_fen = 0 AND status = 'succeeded'"
            " ELSE amount_fen > 0 END",
            name="amount",
        ),
        CheckConstraint("freight_fen BETWEEN 0 AND amount_fen", name="freight"),
        CheckConstraint("kind IN ('order', 'late_payment', 'duplicate_payment')", name="kind"),
        CheckConstraint(
            "status IN ('pending', 'sent', 'succeeded', 'abnormal', 'closed', 'failed',"
            " 'canceled')",
            name="status",
        ),
    )


class RefundLine(Base):
    """What a refund gives back of one order line."""

    __tablename__ = "refund_lines"
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    quantity: Mapped[int]
    amount_fen: Mapped[int]
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("amount_fen >= 0", name="amount"),
    )
