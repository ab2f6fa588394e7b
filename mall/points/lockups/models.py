"""Tables of lock-ups: offers of staff, how often a shopper locked, the locks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

RUNNING, MATURED, EXITED, CLOSED = "running", "matured", "exited", "closed"
STATUSES = (RUNNING, MATURED, EXITED, CLOSED)
WHOLE_BP = 10_000


class LockupOffer(Identified, Created):
    """What staff offer: lock `min_points` to `max_points` for `days`, gain `rate_bp` of them.

    The rate is for the whole time, not for a year; gains round down. `promised` is what running
    locks will gain, `paid` what ended ones have gained; both come out of `budget`, in points.
    """

    __tablename__ = "lockup_offers"
    __table_args__ = (
        CheckConstraint("rate_bp BETWEEN 1 AND 10000", name="rate_bp"),
        CheckConstraint("days > 0", name="days"),
        CheckConstraint("min_points > 0 AND min_points <= max_points", name="points"),
        CheckConstraint("min_points * rate_bp >= 10000", name="gains_something"),
        CheckConstraint("per_shopper > 0", name="per_shopper"),
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint("promised >= 0 AND paid >= 0 AND promised + paid <= budget", name="budget"),
    )
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default=text("''"))
    rate_bp: Mapped[int]
    days: Mapped[int]
    min_points: Mapped[int]
    max_points: Mapped[int]
    per_shopper: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    budget: Mapped[int]
    promised: Mapped[int] = mapped_column(server_default=text("0"))
    paid: Mapped[int] = mapped_column(server_default=text("0"))
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class LockupCount(Base):
    """How often a shopper has locked by an offer, those locks included that ended early."""

    __tablename__ = "lockup_counts"
    __table_args__ = (CheckConstraint("locks > 0", name="locks"),)
    offer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lockup_offers.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    locks: Mapped[int]


class Lockup(Identified, Created):
    """Points that a shopper locked, by the terms of then. The ledger holds them while it runs.

    It ends `matured` with its gain, `exited` early or `closed` with the account without one.
    """

    __tablename__ = "lockups"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'matured', 'exited', 'closed')", name="status"),
        CheckConstraint("points > 0 AND gain > 0", name="points"),
        CheckConstraint("(status = 'running') = (ended_at IS NULL)", name="ended_at"),
        Index("ix_lockups_due", "matures_at", postgresql_where=text("status = 'running'")),
        Index("ix_lockups_user_id_id", "user_id", "id"),
        Index("ix_lockups_offer_id_id", "offer_id", "id"),
        Index("ix_lockups_created_at", "created_at", **BY_TIME),
        Index("ix_lockups_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )
    offer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lockup_offers.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    points: Mapped[int]
    gain: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default=text("'running'"))
    matures_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
