"""Tables of flash sales: slots, sessions, items, tickets, limits, reminders."""

from __future__ import annotations

from datetime import datetime

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
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

TIMED, LUCKY_BAG, FIRST_ORDER = "timed", "lucky_bag", "first_order"
KINDS = (TIMED, LUCKY_BAG, FIRST_ORDER)
DRAFT, ARMED, PAUSED, ENDED, ABORTED = "draft", "armed", "paused", "ended", "aborted"
STATES = (DRAFT, ARMED, PAUSED, ENDED, ABORTED)
ALL, NEW_CUSTOMERS = "all", "new_customers"
AUDIENCES = (ALL, NEW_CUSTOMERS)
ORDERED, FAILED, RELEASED = "ordered", "failed", "released"
REFUND, KEEP = "refund", "keep"
ZERO, ONE = text("0"), text("1")


def item_ref(item_id: int) -> str:
    """`ref` of the movements that take an item's stock off the shelf and put the rest back.

    Each happens once an item: the unique movements of a ref see to it.
    """
    return f"flash:{item_id}"


def ticket_ref(ticket: str) -> str:
    """`ref` of the movements between an item and the order of one ticket, there and back."""
    return f"flash:{ticket}"


class FlashSlot(Identified, Created):
    """A time of each shop day at which sessions may run, for example 10:00 for two hours."""

    __tablename__ = "flash_slots"
    __table_args__ = (
        CheckConstraint("starts_minute BETWEEN 0 AND 1439", name="starts_minute"),
        CheckConstraint("lasts_min BETWEEN 1 AND 1440", name="lasts_min"),
    )
    name: Mapped[str] = mapped_column(Text)
    starts_minute: Mapped[int] = mapped_column(SmallInteger)
    lasts_min: Mapped[int] = mapped_column(SmallInteger)
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class FlashSession(Identified, Created):
    """One sale: when it runs, which kind it is, what a shopper may take of it in all.

    draft → armed ⇄ paused → ended | aborted; only a draft may be changed or deleted.
    `armed_at` is set once the items' stock has left the shelf, `settled_at` once what
    wasn't sold is back on it. `ready` says that it may arm itself `warm_up_s` ahead.
    `epoch` grows with each loading of the Redis gate. `limit_per_user` counts units over
    all its items. `abort_paid` is what an abort does with paid orders. `arm_error` is why
    it couldn't arm itself when it last tried. `version` counts what staff saved of the
    session and its items; 0 was saved before it was counted.
    """

    __tablename__ = "flash_sessions"
    __table_args__ = (
        CheckConstraint("kind IN ('timed', 'lucky_bag', 'first_order')", name="kind"),
        CheckConstraint("state IN ('draft', 'armed', 'paused', 'ended', 'aborted')", name="state"),
        CheckConstraint("ends_at > starts_at", name="window"),
        CheckConstraint("warm_up_s BETWEEN 0 AND 86400", name="warm_up_s"),
        CheckConstraint("limit_per_user > 0", name="limit_per_user"),
        CheckConstraint("(state = 'draft') = (armed_at IS NULL)", name="armed_at"),
        CheckConstraint(
            "(state IN ('ended', 'aborted')) = (ended_at IS NOT NULL)", name="ended_at"
        ),
        CheckConstraint("settled_at IS NULL OR ended_at IS NOT NULL", name="settled_at"),
        CheckConstraint("abort_paid IN ('refund', 'keep')", name="abort_paid"),
        CheckConstraint("(state = 'aborted') = (abort_paid IS NOT NULL)", name="aborted"),
        Index(
            "uq_flash_sessions_slot",
            "slot_id",
            "starts_at",
            unique=True,
            postgresql_where=text("state <> 'aborted'"),
        ),
        Index("ix_flash_sessions_starts_at_id", "starts_at", "id"),
        Index(
            "ix_flash_sessions_unsettled",
            "ends_at",
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    slot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("flash_slots.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    warm_up_s: Mapped[int] = mapped_column(server_default=text("600"))
    limit_per_user: Mapped[int | None]
    ready: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(Text, server_default=text("'draft'"))
    epoch: Mapped[int] = mapped_column(server_default=ZERO)
    armed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    abort_paid: Mapped[str | None] = mapped_column(Text)
    arm_error: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default=ZERO)


class FlashItem(Identified, Created):
    """One SKU of a session, at its price, with the units set aside for it.

    `sold` counts units that orders hold or bought, `returned` those given back to the
    shelf after the end: what is left to sell is `stock - sold - returned`, and that, once
    armed, is what the item itself holds reserved. `splits` > 1 spreads a hot item over so
    many counters in Redis. `contents` tells what a lucky bag may hold.
    """

    __tablename__ = "flash_items"
    __table_args__ = (
        UniqueConstraint("session_id", "sku_id", name="uq_flash_items_session_id_sku_id"),
        CheckConstraint("price_fen > 0", name="price_fen"),
        CheckConstraint("stock > 0", name="stock"),
        CheckConstraint("limit_per_user > 0", name="limit_per_user"),
        CheckConstraint("audience IN ('all', 'new_customers')", name="audience"),
        CheckConstraint("splits BETWEEN 1 AND 64", name="splits"),
        CheckConstraint("sold >= 0 AND returned >= 0 AND sold + returned <= stock", name="units"),
        Index("ix_flash_items_sku_id", "sku_id"),
    )
    session_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("flash_sessions.id"))
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"))
    position: Mapped[int] = mapped_column(server_default=ZERO)
    price_fen: Mapped[int]
    stock: Mapped[int]
    limit_per_user: Mapped[int] = mapped_column(server_default=ONE)
    audience: Mapped[str] = mapped_column(Text, server_default=text("'all'"))
    splits: Mapped[int] = mapped_column(SmallInteger, server_default=ONE)
    contents: Mapped[str] = mapped_column(Text, server_default=text("''"))
    sold: Mapped[int] = mapped_column(server_default=ZERO)
    returned: Mapped[int] = mapped_column(server_default=ZERO)
    sold_out_at: Mapped[datetime | None]


class FlashTicket(Base):
    """How an admitted purchase ended. One that still waits is in the stream only.

    `key_digest` is of the shopper's Idempotency-Key: the same key is the same ticket.
    A released one had an order, whose units went back.
    """

    __tablename__ = "flash_tickets"
    __table_args__ = (
        UniqueConstraint("item_id", "user_id", "key_digest", name="uq_flash_tickets_once"),
        UniqueConstraint("order_id"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("status IN ('ordered', 'failed', 'released')", name="status"),
        CheckConstraint("(status = 'failed') = (order_id IS NULL)", name="order"),
        Index("ix_flash_tickets_item_id_status", "item_id", "status"),
        Index("ix_flash_tickets_created_at", "created_at", **BY_TIME),
    )
    ticket: Mapped[str] = mapped_column(Text, primary_key=True)
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("flash_items.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    units: Mapped[int]
    key_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class FlashShopper(Base):
    """How many units of an item a shopper's orders hold or bought."""

    __tablename__ = "flash_shoppers"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("flash_items.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    units: Mapped[int]


class FlashSessionShopper(Base):
    """The same over all items of a session; only of sessions that limit it."""

    __tablename__ = "flash_session_shoppers"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)
    session_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("flash_sessions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    units: Mapped[int]


class FlashReminder(Created, Base):
    """A shopper wants to hear of a session shortly before it starts."""

    __tablename__ = "flash_reminders"
    session_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("flash_sessions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    sent_at: Mapped[datetime | None]
