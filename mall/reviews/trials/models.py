"""Tables of trials: what staff offer, who applied, and what became of each unit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

APPLIED, PICKED, ACCEPTED, DONE, OVERDUE = "applied", "picked", "accepted", "done", "overdue"
NOT_PICKED, DECLINED, LAPSED, CANCELED = "not_picked", "declined", "lapsed", "canceled"
STATUSES = (
    *(APPLIED, PICKED, ACCEPTED, DONE, OVERDUE),
    *(NOT_PICKED, DECLINED, LAPSED, CANCELED),
)
HOLDING = (PICKED, ACCEPTED, DONE, OVERDUE)
"""Who is in one of these has a unit of the trial."""
ORDERED = (ACCEPTED, DONE, OVERDUE)
"""Whose unit is, or was, in an order."""
_ZERO = sql("0")


class Trial(Identified, Created):
    """Units of a SKU that shoppers get for nothing, each for a review.

    `units` are set aside in all, `picked` of them have a shopper, `ordered` of those are in an
    order; the rest is reserved of the SKU's stock. Who is picked accepts within `accept_days` and
    reviews within `review_days` of the receipt, with `min_pictures` or a video (`needs_video`: a
    video and nothing less). `requires` are shopper figures and what each must be at least, in
    words in `requires_text`. `closed_at`: nobody applies or is picked any more, and units that
    come back are on the shelf. `version` counts what staff saved, `stock_steps` the changes of
    stock.
    """

    __tablename__ = "trials"
    __table_args__ = (
        CheckConstraint("ordered >= 0 AND picked >= ordered AND units >= picked", name="units"),
        CheckConstraint("apply_until > apply_from", name="window"),
        CheckConstraint("accept_days > 0 AND review_days > 0", name="days"),
        CheckConstraint("min_pictures BETWEEN 1 AND 9", name="min_pictures"),
        CheckConstraint("closed_at IS NULL OR units = picked", name="closed"),
        Index("ix_trials_open", "apply_until", postgresql_where=sql("closed_at IS NULL")),
    )
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"))
    spu_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("spus.id"))
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    units: Mapped[int] = mapped_column(server_default=_ZERO)
    picked: Mapped[int] = mapped_column(server_default=_ZERO)
    ordered: Mapped[int] = mapped_column(server_default=_ZERO)
    stock_steps: Mapped[int] = mapped_column(server_default=_ZERO)
    apply_from: Mapped[datetime]
    apply_until: Mapped[datetime]
    accept_days: Mapped[int] = mapped_column(SmallInteger)
    review_days: Mapped[int] = mapped_column(SmallInteger)
    min_pictures: Mapped[int] = mapped_column(SmallInteger)
    needs_video: Mapped[bool]
    by_invitation: Mapped[bool]
    requires: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    requires_text: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    version: Mapped[int] = mapped_column(server_default=sql("1"))
    closed_at: Mapped[datetime | None]


class TrialInvitation(Base):
    """That staff invited a shopper to apply for a trial."""

    __tablename__ = "trial_invitations"
    __table_args__ = (Index("ix_trial_invitations_user_id", "user_id"),)
    trial_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("trials.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    invited_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))


class TrialApplication(Identified, Created):
    """That a shopper applied for a trial, once, and how it went.

    `accept_by` is set with the pick, `order_id` with the acceptance, `received_at` and `due_at`
    with the receipt, `review_id` and `done_at` with a review that fits. `late`: that review came
    after `due_at`.
    """

    __tablename__ = "trial_applications"
    __table_args__ = (
        UniqueConstraint("trial_id", "user_id", name="uq_trial_applications_trial_user"),
        UniqueConstraint("order_id"),
        CheckConstraint(
            "status IN ('applied', 'picked', 'accepted', 'done', 'overdue',"
            " 'not_picked', 'declined', 'lapsed', 'canceled')",
            name="status",
        ),
        CheckConstraint(
            "status NOT IN ('accepted', 'done', 'overdue') OR order_id IS NOT NULL", name="order"
        ),
        CheckConstraint("(received_at IS NULL) = (due_at IS NULL)", name="due_at"),
        CheckConstraint(
            "(status = 'done') = (review_id IS NOT NULL)"
            " AND (status = 'done') = (done_at IS NOT NULL)",
            name="done",
        ),
        CheckConstraint("status <> 'overdue' OR due_at IS NOT NULL", name="overdue"),
        Index("ix_trial_applications_trial_id_id", "trial_id", "id"),
        Index("ix_trial_applications_user_id_id", "user_id", "id"),
        Index("ix_trial_applications_trial_id_status", "trial_id", "status", "id"),
        Index("ix_trial_applications_changed_at", "changed_at", **BY_TIME),
        Index(
            "ix_trial_applications_accept_by",
            "accept_by",
            postgresql_where=sql("status = 'picked'"),
        ),
        Index(
            "ix_trial_applications_due_at",
            "due_at",
            postgresql_where=sql("status = 'accepted'"),
        ),
    )
    trial_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("trials.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=sql("'applied'"))
    changed_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))
    picked_at: Mapped[datetime | None]
    accept_by: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    received_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    review_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reviews.id"))
    done_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(server_default=sql("false"))


class TrialOfficer(Base):
    """A shopper's record: trials that are done, those of them that came late, and those that are
    overdue. Counted whenever one of their applications comes to be so, or isn't so any more."""

    __tablename__ = "trial_officers"
    __table_args__ = (
        CheckConstraint("late >= 0 AND done >= late AND overdue >= 0", name="counts"),
        Index(
            "ix_trial_officers_best",
            sql("(- done)"),
            "user_id",
            postgresql_where=sql("done > 0"),
        ),
        Index("ix_trial_officers_changed_at", "changed_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    done: Mapped[int] = mapped_column(server_default=_ZERO)
    late: Mapped[int] = mapped_column(server_default=_ZERO)
    overdue: Mapped[int] = mapped_column(server_default=_ZERO)
    changed_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))


class TrialPromoterOffer(Created, Base):
    """That staff offered one of the best to become a promoter; the record as it was then."""

    __tablename__ = "trial_promoter_offers"
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    done: Mapped[int]
    late: Mapped[int]
    overdue: Mapped[int]
