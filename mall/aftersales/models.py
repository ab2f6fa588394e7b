"""Tables of after-sales."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

RETURN_ADDRESS = "aftersales.return_address"
"""What an address for goods that come back is sealed for, as JSON."""


class AfterSale(Created, Identified):
    """One application of a shopper for money back.

    `goods_fen` is the share of what was paid for the units, `offer_fen` what staff offer
    instead, `freight_fen` what of the freight goes back with it: foreseen until the refund
    is asked for, then final. `refund_fen` and `refund_no` are those of the refund.
    `unsent`: something of it hasn't left the shop, so the order waits. `due_at` is when
    time decides, in the states that wait for somebody.
    """

    __tablename__ = "after_sales"
    __table_args__ = (
        UniqueConstraint("after_sale_no", name="uq_after_sales_after_sale_no"),
        UniqueConstraint("refund_no", name="uq_after_sales_refund_no"),
        CheckConstraint("kind IN ('refund_only', 'return_and_refund')", name="kind"),
        CheckConstraint(
            "status IN ('applied', 'offered', 'returning', 'returned', 'refunding', 'refunded',"
            " 'refused', 'canceled')",
            name="status",
        ),
        CheckConstraint("goods_fen >= 0 AND freight_fen >= 0", name="amounts"),
        CheckConstraint("offer_fen BETWEEN 1 AND goods_fen", name="offer"),
        CheckConstraint(
            "(refund_no IS NULL) = (refund_fen IS NULL)"
            " AND (status NOT IN ('refunding', 'refunded') OR refund_no IS NOT NULL)",
            name="refund",
        ),
        CheckConstraint(
            "(due_at IS NOT NULL) = (status IN ('applied', 'offered', 'returning', 'returned'))",
            name="due",
        ),
        Index("ix_after_sales_user_id_id", "user_id", "id"),
        Index("ix_after_sales_status_id", "status", "id"),
        Index("ix_after_sales_created_at", "created_at", **BY_TIME),
        Index("ix_after_sales_order_id", "order_id"),
        Index("ix_after_sales_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    after_sale_no: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    unsent: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text))
    goods_fen: Mapped[int]
    freight_fen: Mapped[int]
    offer_fen: Mapped[int | None]
    refund_fen: Mapped[int | None]
    refund_no: Mapped[str | None] = mapped_column(Text)
    return_address_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info={"sealed": RETURN_ADDRESS}
    )
    return_carrier: Mapped[str | None] = mapped_column(Text)
    return_tracking_no: Mapped[str | None] = mapped_column(Text)
    resellable: Mapped[bool | None]
    due_at: Mapped[datetime | None]


class AfterSaleLine(Base):
    """Units of an order line. `share_fen` is their part of what was paid, `amount_fen` what
    goes back for them: less, once the shopper took an offer. Of `quantity` the shopper asked for
    `asked` units; further ones are gifts that go along."""

    __tablename__ = "after_sale_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND asked BETWEEN 0 AND quantity", name="quantity"),
        CheckConstraint("amount_fen BETWEEN 0 AND share_fen", name="amount"),
        Index("ix_after_sale_lines_order_line_id", "order_line_id"),
    )
    after_sale_id: Mapped[int] = mapped_column(ForeignKey("after_sales.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    quantity: Mapped[int]
    asked: Mapped[int]
    share_fen: Mapped[int]
    amount_fen: Mapped[int]


class AfterSaleStep(Created, Identified):
    """One step of an after-sale: its actor and comment. The first has no `from_status`."""

    __tablename__ = "after_sale_steps"
    __table_args__ = (
        CheckConstraint("actor IN ('shopper', 'staff', 'time', 'wechat')", name="actor"),
        Index("ix_after_sale_steps_after_sale_id_id", "after_sale_id", "id"),
    )
    after_sale_id: Mapped[int] = mapped_column(ForeignKey("after_sales.id"))
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text)


class ReturnAddress(Base):
    """Where goods go back to unless staff say otherwise: one row, or none."""

    __tablename__ = "return_addresses"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sealed": RETURN_ADDRESS})


class DisputeNote(Created, Identified):
    """What shopper and staff say to each other about an order that went wrong."""

    __tablename__ = "dispute_notes"
    __table_args__ = (Index("ix_dispute_notes_order_id_id", "order_id", "id"),)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    text: Mapped[str] = mapped_column(Text)
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text))
