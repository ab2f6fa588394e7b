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
REPORT_CALL = "shipping.report"
"""The kind of the outbound calls about shipping reports; their key is the order's id."""
REPORT_STATES = ("pending", "uploaded", "failed", "void")


class Carrier(Base):
    """A carrier as WeChat names it, beyond the common ones that the code knows."""

    __tablename__ = "carriers"
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    refreshed_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Shipment(Identified, Created):
    """One parcel of an order. The carrier's name is kept as it was then.

    `version` is the version of the order's shipping report that first names it.
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


class ShippingReport(Base, Created):
    """The report to WeChat of an order's parcels (发货信息). One row an order, as WeChat settles
    a payment and not a parcel; each report names all the parcels there are.

    `version` counts the changes, `reported_version` is the last that WeChat took. `split`:
    there are, or were to be, several parcels; `complete`: no more will follow. `pending`: an
    outbound call tells WeChat. `void`: nothing to report, the order was refunded whole.
    """

    __tablename__ = "shipping_reports"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'uploaded', 'failed', 'void')", name="status"),
        CheckConstraint("reported_version BETWEEN 0 AND version", name="reported_version"),
        CheckConstraint("corrections BETWEEN 0 AND 1", name="corrections"),
        Index(
            "ix_shipping_reports_failed",
            "order_id",
            postgresql_where=text("status = 'failed'"),
        ),
        Index(
            "ix_shipping_reports_pending",
            "order_id",
            postgresql_where=text("status = 'pending'"),
        ),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    reported_version: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    split: Mapped[bool]
    complete: Mapped[bool]
    corrections: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    status: Mapped[str] = mapped_column(Text, server_default=text("'pending'"))
    last_reported_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)


class FreightTemplate(Identified, Created):
    """How the freight of some products is counted: by `piece`, `weight` (g), `volume` (cm³).

    The default one, if there is one, holds for every product without a template of its own.
    """

    __tablename__ = "freight_templates"
    __table_args__ = (
        UniqueConstraint("name", name="uq_freight_templates_name"),
        CheckConstraint("basis IN ('piece', 'weight', 'volume')", name="basis"),
        Index(
            "uq_freight_templates_default",
            "is_default",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW, sort_order=91)


class FreightZone(Identified):
    """What a template asks in some regions, or, with `elsewhere`, in all that no zone names.

    The first `first_units` cost `first_fen`, each `further_units` begun after them
    `further_fen`; nothing at all from `free_from_fen` or `free_from_pieces` on.
    """

    __tablename__ = "freight_zones"
    __table_args__ = (
        CheckConstraint("first_units > 0 AND further_units > 0", name="units"),
        CheckConstraint("first_fen >= 0 AND further_fen >= 0", name="fees"),
        CheckConstraint("free_from_fen >= 0 AND free_from_pieces > 0", name="free_from"),
        Index(
            "uq_freight_zones_elsewhere",
            "template_id",
            unique=True,
            postgresql_where=text("elsewhere"),
        ),
        Index("ix_freight_zones_template_id", "template_id"),
    )
    template_id: Mapped[int] = mapped_column(
        ForeignKey("freight_templates.id", name="fk_freight_zones_template_id", ondelete="CASCADE")
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    elsewhere: Mapped[bool]
    deliverable: Mapped[bool]
    first_units: Mapped[int] = mapped_column(Integer)
    first_fen: Mapped[int]
    further_units: Mapped[int] = mapped_column(Integer)
    further_fen: Mapped[int]
    free_from_fen: Mapped[int | None]
    free_from_pieces: Mapped[int | None] = mapped_column(Integer)


class FreightZoneRegion(Base):
    """That a zone holds in a province, city or district; once in a template."""

    __tablename__ = "freight_zone_regions"
    __table_args__ = (Index("ix_freight_zone_regions_zone_id", "zone_id"),)
    template_id: Mapped[int] = mapped_column(
        ForeignKey(
            "freight_templates.id", name="fk_freight_zone_regions_template_id", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    region_code: Mapped[str] = mapped_column(Text, primary_key=True)
    zone_id: Mapped[int] = mapped_column(
        ForeignKey("freight_zones.id", name="fk_freight_zone_regions_zone_id", ondelete="CASCADE")
    )


class SpuFreight(Base):
    """The template of a product; the catalogue knows nothing of it."""

    __tablename__ = "spu_freight"
    __table_args__ = (Index("ix_spu_freight_template_id_spu_id", "template_id", "spu_id"),)
    spu_id: Mapped[int] = mapped_column(
        ForeignKey("spus.id", name="fk_spu_freight_spu_id"), primary_key=True, autoincrement=False
    )
    template_id: Mapped[int] = mapped_column(
        ForeignKey("freight_templates.id", name="fk_spu_freight_template_id")
    )


class PickupPoint(Identified, Created):
    """A place where shoppers collect their orders. A closed one takes no new orders."""

    __tablename__ = "pickup_points"
    __table_args__ = (UniqueConstraint("name", name="uq_pickup_points_name"),)
    name: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    service_phone: Mapped[str] = mapped_column(Text)
    opening_hours: Mapped[str] = mapped_column(Text)
    is_open: Mapped[bool] = mapped_column(server_default=text("true"))


class PickupClerk(Base):
    """That somebody hands goods out at this point, and nowhere else than at such points."""

    __tablename__ = "pickup_clerks"
    point_id: Mapped[int] = mapped_column(
        ForeignKey("pickup_points.id", name="fk_pickup_clerks_point_id", ondelete="CASCADE"),
        primary_key=True,
    )
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff_members.id", name="fk_pickup_clerks_staff_id"), primary_key=True
    )


class Pickup(Base, Created):
    """An order that is collected. Whoever shows the code of a paid one gets the goods, once.

    `waiting` from placing on, `redeemed` when the goods were handed out, `void` when the
    order was closed before.
    """

    __tablename__ = "pickups"
    __table_args__ = (
        UniqueConstraint("code", name="uq_pickups_code"),
        CheckConstraint("status IN ('waiting', 'redeemed', 'void')", name="status"),
        CheckConstraint("(status = 'redeemed') = (redeemed_at IS NOT NULL)", name="redeemed"),
        Index("ix_pickups_point_id_order_id", "point_id", "order_id"),
    )
    order_id: Mapped[int] = mapped_column(
        ForeignKey("orders.id", name="fk_pickups_order_id"), primary_key=True, autoincrement=False
    )
    point_id: Mapped[int] = mapped_column(
        ForeignKey("pickup_points.id", name="fk_pickups_point_id")
    )
    code: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    redeemed_at: Mapped[datetime | None]
    redeemed_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff_members.id", name="fk_pickups_redeemed_by")
    )
