"""Tables of points: accounts, entries, lots, what was taken from lots, holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified
from mall.points.ledger.kinds import LABELS

HELD, SETTLED, RELEASED = "held", "settled", "released"
_ZERO, _NOW = text("0"), text("clock_timestamp()")


class PointsAccount(Base):
    """What a shopper has, in points. The sums of its entries, kept beside them.

    `available` can be spent, `frozen` was earned and waits for its ground, `held` is reserved by
    holds, `debt` was taken back after it was spent. Nobody has a debt beside available points.
    """

    __tablename__ = "points_accounts"
    __table_args__ = (
        CheckConstraint(
            "available >= 0 AND frozen >= 0 AND held >= 0 AND debt >= 0", name="not_negative"
        ),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    available: Mapped[int] = mapped_column(server_default=_ZERO)
    frozen: Mapped[int] = mapped_column(server_default=_ZERO)
    held: Mapped[int] = mapped_column(server_default=_ZERO)
    debt: Mapped[int] = mapped_column(server_default=_ZERO)


class PointsEntry(Identified, Created):
    """One change of an account; never changed itself. `source` makes it once a kind.

    `staff_id` is who made it by hand, `note` their reason.
    """

    __tablename__ = "points_entries"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        CheckConstraint(
            "available <> 0 OR frozen <> 0 OR held <> 0 OR debt <> 0", name="changes_something"
        ),
        Index("ix_points_entries_user_id_id", "user_id", "id"),
        Index("ix_points_entries_created_at", "created_at", **BY_TIME),
        Index(
            "ix_points_entries_staff_id_created_at",
            "staff_id",
            "created_at",
            postgresql_where=text("staff_id IS NOT NULL"),
        ),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    available: Mapped[int] = mapped_column(server_default=_ZERO)
    frozen: Mapped[int] = mapped_column(server_default=_ZERO)
    held: Mapped[int] = mapped_column(server_default=_ZERO)
    debt: Mapped[int] = mapped_column(server_default=_ZERO)
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))

    @property
    def label(self) -> str:
        """The kind, in Chinese."""
        return LABELS[self.kind]


class PointsLot(Identified, Created):
    """The points of one grant. Never expiring when `expires_at` is empty.

    `remaining` is what was granted less what its uses took. `reversed` is what of the grant was
    undone, `expired` what expired of it and no reversal has met yet. `changed_at` is set by every
    statement that changes the lot: by it the nightly roll-up finds what to count anew.
    """

    __tablename__ = "points_lots"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        CheckConstraint("remaining >= 0 AND remaining <= granted", name="remaining"),
        CheckConstraint("reversed >= 0 AND reversed <= granted", name="reversed"),
        CheckConstraint("expired >= 0 AND expired <= granted", name="expired"),
        Index(
            "ix_points_lots_open",
            "user_id",
            "expires_at",
            "id",
            postgresql_where=text("remaining > 0 AND NOT frozen"),
        ),
        Index(
            "ix_points_lots_frozen",
            "user_id",
            postgresql_where=text("remaining > 0 AND frozen"),
        ),
        Index(
            "ix_points_lots_due",
            "expires_at",
            "user_id",
            postgresql_where=text("remaining > 0 AND NOT frozen"),
        ),
        Index("ix_points_lots_changed_at", "changed_at"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("points_entries.id"))
    granted: Mapped[int]
    remaining: Mapped[int]
    frozen: Mapped[bool] = mapped_column(server_default=text("false"))
    expires_at: Mapped[datetime | None]
    reversed: Mapped[int] = mapped_column(server_default=_ZERO)
    expired: Mapped[int] = mapped_column(server_default=_ZERO)
    changed_at: Mapped[datetime] = mapped_column(server_default=_NOW, onupdate=_NOW, sort_order=91)


class PointsHold(Identified, Created):
    """Points that are reserved for something, such as an order; once a `source`.

    A settled hold is spent; `returned` is what of it came back.
    """

    __tablename__ = "points_holds"
    __table_args__ = (
        UniqueConstraint("source"),
        CheckConstraint("status IN ('held', 'settled', 'released')", name="status"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint(
            "returned >= 0 AND returned <= points AND (returned = 0 OR status = 'settled')",
            name="returned",
        ),
        Index("ix_points_holds_user_id_id", "user_id", "id"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    source: Mapped[str] = mapped_column(Text)
    points: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default=text("'held'"))
    returned: Mapped[int] = mapped_column(server_default=_ZERO)


class PointsUse(Base):
    """What an entry took from a lot; negative is what it put back.

    `hold_id` is the hold that the points are for, so that they come back to their lots.
    """

    __tablename__ = "points_uses"
    __table_args__ = (
        CheckConstraint("points <> 0", name="points"),
        Index("ix_points_uses_lot_id", "lot_id"),
        Index("ix_points_uses_hold_id", "hold_id", postgresql_where=text("hold_id IS NOT NULL")),
    )
    entry_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("points_entries.id"), primary_key=True
    )
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("points_lots.id"), primary_key=True)
    points: Mapped[int]
    hold_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("points_holds.id"))
