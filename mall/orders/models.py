"""Tables of orders. A line is a copy of what was sold, so it stands when the SKU changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Created, Identified
from mall.kernel.uploaded import PATH, UploadAddress

ADDRESS = "order.address"
"""What an order's address is sealed for, as the JSON of users' AddressSnapshot."""


class Order(Created, Identified):
    """One purchase.

    `payable_fen` = goods − discount + freight, fixed at placing. `refunding_fen` is on its
    way back to the shopper, `refunded_fen` has arrived. `expires_at` is when an unpaid
    order may be closed, `auto_confirm_at` when a shipped one counts as received.
    `replaces_order_id` is the closed order whose late payment this one stands for. `kind` is
    the name of an OrderKind, `choices` what the shopper chose by participant. An order costs
    nothing only if its kind `may_be_free`. While `hold_reason` is set nothing leaves.
    `settled_at` is when everything about it was over, for good. `address_sealed` is NULL for a
    kind that needs no address, and once it is erased; `receiver_index` and `phone_index` are what
    staff find it by.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("order_no"),
        UniqueConstraint("replaces_order_id"),
        CheckConstraint(
            "status IN ('unpaid', 'paid', 'shipped', 'completed', 'closed')", name="status"
        ),
        CheckConstraint(
            "payable_fen = goods_fen - discount_fen + freight_fen"
            " AND (payable_fen > 0 OR payable_fen = 0 AND may_be_free)"
            " AND discount_fen >= 0 AND freight_fen >= 0",
            name="amounts",
        ),
        CheckConstraint(
            "paid_fen = CASE WHEN paid_at IS NULL THEN 0 ELSE payable_fen END", name="paid"
        ),
        CheckConstraint("hold_reason IS NULL OR status IN ('unpaid', 'paid')", name="hold"),
        CheckConstraint("settled_at IS NULL OR status = 'completed'", name="settled"),
        CheckConstraint(
            "refunding_fen >= 0 AND refunded_fen >= 0 AND refunding_fen + refunded_fen <= paid_fen",
            name="refunds",
        ),
        CheckConstraint("freight_refunded_fen BETWEEN 0 AND freight_fen", name="freight_refunds"),
        CheckConstraint(
            "num_nulls(receiver_index, phone_index) IN (0, 2)"
            " AND (receiver_index IS NULL OR address_sealed IS NOT NULL)",
            name="address_indexed",
        ),
        Index(
            "ix_orders_receiver_index",
            "receiver_index",
            "id",
            postgresql_where=text("receiver_index IS NOT NULL"),
        ),
        Index(
            "ix_orders_phone_index",
            "phone_index",
            "id",
            postgresql_where=text("phone_index IS NOT NULL"),
        ),
        Index("ix_orders_user_id_id", "user_id", "id"),
        Index("ix_orders_status_id", "status", "id"),
        Index("ix_orders_kind_id", "kind", "id", postgresql_where=text("kind <> 'normal'")),
        Index("ix_orders_created_at", "created_at"),
        Index("ix_orders_expires_at", "expires_at", postgresql_where=text("status = 'unpaid'")),
        Index(
            "ix_orders_auto_confirm_at",
            "auto_confirm_at",
            postgresql_where=text("status = 'shipped'"),
        ),
        Index(
            "ix_orders_to_ship",
            "id",
            postgresql_where=text("status = 'paid' AND hold_reason IS NULL"),
        ),
        Index("ix_orders_held", "id", postgresql_where=text("hold_reason IS NOT NULL")),
        Index(
            "ix_orders_unsettled",
            "completed_at",
            postgresql_where=text("status = 'completed' AND settled_at IS NULL"),
        ),
        Index(
            "ix_orders_settled_at",
            "settled_at",
            postgresql_where=text("settled_at IS NOT NULL"),
        ),
    )
    order_no: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text, server_default=text("'normal'"))
    choices: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    may_be_free: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(Text)
    hold_reason: Mapped[str | None] = mapped_column(Text)
    goods_fen: Mapped[int]
    discount_fen: Mapped[int]
    freight_fen: Mapped[int]
    payable_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(server_default=text("0"))
    refunding_fen: Mapped[int] = mapped_column(server_default=text("0"))
    refunded_fen: Mapped[int] = mapped_column(server_default=text("0"))
    freight_refunded_fen: Mapped[int] = mapped_column(server_default=text("0"))
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sealed": ADDRESS})
    receiver_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    region_code: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text, server_default=text("''"))
    staff_note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    close_reason: Mapped[str | None] = mapped_column(Text)
    replaces_order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    auto_confirm_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class OrderLine(Identified):
    """One SKU of an order.

    `payable_fen` = `total_fen` + `adjusted_fen` (a discount is negative): what a refund of
    the line can't pass. `cost_fen` is what a unit cost the shop when it was sold, for staff
    alone; None where that wasn't known. `refunded_*` counts units that were refunded or are on
    their way, and their money; `rebated_fen` is money that went back, or is on its way, for
    units that are kept.
    `restocked_quantity` are the units that went back on sale because they never left,
    `returned_quantity` those that were sent and came back from the shopper. `gift` is only
    of a line that came for nothing: its `source`, the positions of the lines `for` which it
    was given, and the rule (`from_units`, `units`, `repeat`), as it was then.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity > 0 AND total_fen = price_fen * quantity", name="total"),
        CheckConstraint("cost_fen >= 0", name="cost"),
        CheckConstraint(
            "payable_fen = total_fen + adjusted_fen AND payable_fen >= 0", name="payable"
        ),
        CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refunded_quantity"),
        CheckConstraint(
            "refunded_fen >= 0 AND rebated_fen >= 0 AND refunded_fen + rebated_fen <= payable_fen",
            name="refunded",
        ),
        CheckConstraint(
            "shipped_quantity >= 0 AND restocked_quantity >= 0"
            " AND shipped_quantity + restocked_quantity <= quantity",
            name="units",
        ),
        CheckConstraint("returned_quantity BETWEEN 0 AND shipped_quantity", name="returned"),
        Index("ix_order_lines_sku_id_order_id", "sku_id", "order_id"),
        # For the sweep of uploads: which pictures does an order show?
        Index("ix_order_lines_image", "image", postgresql_where=text(f"image LIKE '{PATH}%'")),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    sku_id: Mapped[int]
    spu_id: Mapped[int]
    sku_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    spec_text: Mapped[str] = mapped_column(Text)
    image: Mapped[str] = mapped_column(UploadAddress(snapshot=True))
    price_fen: Mapped[int]
    cost_fen: Mapped[int | None]
    quantity: Mapped[int]
    total_fen: Mapped[int]
    adjusted_fen: Mapped[int] = mapped_column(server_default=text("0"))
    payable_fen: Mapped[int]
    shipped_quantity: Mapped[int] = mapped_column(server_default=text("0"))
    restocked_quantity: Mapped[int] = mapped_column(server_default=text("0"))
    returned_quantity: Mapped[int] = mapped_column(server_default=text("0"))
    refunded_quantity: Mapped[int] = mapped_column(server_default=text("0"))
    refunded_fen: Mapped[int] = mapped_column(server_default=text("0"))
    rebated_fen: Mapped[int] = mapped_column(server_default=text("0"))
    gift: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def is_gift(self) -> bool:
        return self.gift is not None


class OrderAdjustment(Identified):
    """Why an order costs more or less than its goods. `shares` are fen per line, by position."""

    __tablename__ = "order_adjustments"
    __table_args__ = (
        Index("ix_order_adjustments_order_id", "order_id"),
        Index(
            "uq_order_adjustments_staff",
            "order_id",
            "source",
            unique=True,
            postgresql_where=text("source LIKE 'staff:%'"),
        ),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"))
    lane: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    shares: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class OrderTransition(Created, Identified):
    """One step of an order's history; the first comes from nowhere."""

    __tablename__ = "order_transitions"
    __table_args__ = (
        Index("ix_order_transitions_order_id_id", "order_id", "id"),
        Index("ix_order_transitions_created_at", "created_at", **BY_TIME),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"))
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)


class OrderPriceChange(Created, Identified):
    """A price that staff changed before it was paid: who (user name), why, and the amounts."""

    __tablename__ = "order_price_changes"
    __table_args__ = (
        CheckConstraint("payable_before_fen > 0 AND payable_after_fen > 0", name="payable"),
        CheckConstraint("freight_before_fen >= 0 AND freight_after_fen >= 0", name="freight"),
        Index("ix_order_price_changes_order_id_id", "order_id", "id"),
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id", name="fk_order_price_changes_order_id")
    )
    changed_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    payable_before_fen: Mapped[int]
    payable_after_fen: Mapped[int]
    freight_before_fen: Mapped[int]
    freight_after_fen: Mapped[int]
