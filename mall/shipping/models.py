"""Tables of shipping: carriers, parcels with what is in them, and the report to WeChat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

NOW = text("clock_timestamp()")
UPLOAD_STATES = ("pending", "uploaded", "failed", "void")


class Carrier(Base):
    """A carrier as WeChat names it, beyond the common ones that the code knows."""

    __tablename__ = "carriers"
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    refreshed_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Shipment(Identified, Created):
    """One parcel of an order. The carrier's name is kept as it was then.

    `version` is the version of the order's upload that first tells WeChat of it.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("order_id", "number", name="uq_shipments_order_id_number"),
        UniqueConstraint(
            "order_id",
            "carrier_code",
            "tracking_no",
            name="uq_shipments_order_id_carrier_code_tracking_no",
        ),
        CheckConstraint("number BETWEEN 1 AND 15", name="number"),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    carrier_code: Mapped[str] = mapped_column(Text)
    carrier_name: Mapped[str] = mapped_column(Text)
    tracking_no: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)


class ShipmentLine(Base):
    """How many of an order line are in a parcel."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_shipment_lines_line_id", "line_id"),
    )
    shipment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shipments.id"), primary_key=True
    )
    line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("order_lines.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer)


class ShippingUpload(Base, Created):
    """What WeChat has to know of an order's parcels. One row an order, as WeChat settles a
    payment and not a parcel; each upload names all the parcels there are.

    `version` counts the changes, `uploaded_version` is the last that WeChat took. `split`:
    there are, or were to be, several parcels; `complete`: no more will follow. While
    `pending`, the sweep defers a new job once `due_at` has passed; `busy_until` keeps two
    jobs from talking at once. `void`: nothing to report, the order was refunded whole.
    """

    __tablename__ = "shipping_uploads"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'uploaded', 'failed', 'void')", name="status"),
        CheckConstraint("uploaded_version BETWEEN 0 AND version", name="uploaded_version"),
        CheckConstraint("corrections BETWEEN 0 AND 1", name="corrections"),
        Index(
            "ix_shipping_uploads_due_at",
            "due_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_shipping_uploads_failed",
            "order_id",
            postgresql_where=text("status = 'failed'"),
        ),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    uploaded_version: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    split: Mapped[bool]
    complete: Mapped[bool]
    corrections: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    status: Mapped[str] = mapped_column(Text, server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    last_upload_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    error_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
