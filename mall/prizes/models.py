"""The table of prize claims: goods that a shopper was given, and what became of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Created, Identified

WAITING, ORDERED, EXPIRED = "waiting_address", "ordered", "expired"
TAKEN_BACK, CANCELED = "taken_back", "canceled"
STATES = (WAITING, ORDERED, EXPIRED, TAKEN_BACK, CANCELED)
UNITS_HELD = f"""
    SELECT sku_id, units - back_units AS units FROM prize_claims WHERE state = '{WAITING}'
"""  # noqa: S608 - a word of our own
"""What claims hold reserved."""
UNITS_GIVEN = f"""
    SELECT sku_id, units - back_units AS units FROM prize_claims WHERE state = '{ORDERED}'
"""  # noqa: S608 - a word of our own
"""What went to shoppers in orders that cost nothing."""


class PrizeClaim(Identified, Created):
    """That a reward gave a shopper `units` of a SKU, and how it went.

    `back_units` of them are the shop's again: taken back, or refunded out of their order. The
    rest is reserved while the claim waits for an address, until `claim_by`; then it is in the
    order. `order_id` is that order, also once the claim has ended. `waits` counts how often it
    came to wait; `end_reason` is the staff's, for the shopper to read.
    `grant_id` is written in the transaction that makes the claim.
    """

    __tablename__ = "prize_claims"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting_address', 'ordered', 'expired', 'taken_back', 'canceled')",
            name="state",
        ),
        CheckConstraint("units > 0 AND back_units BETWEEN 0 AND units", name="units"),
        CheckConstraint("state <> 'waiting_address' OR back_units < units", name="waiting"),
        CheckConstraint(
            "(order_id IS NULL) = (ordered_at IS NULL)"
            " AND (state <> 'ordered' OR order_id IS NOT NULL)"
            " AND (state <> 'waiting_address' OR order_id IS NULL)",
            name="order",
        ),
        Index("ix_prize_claims_grant_id", "grant_id"),
        Index("ix_prize_claims_user_id_id", "user_id", "id"),
        Index("ix_prize_claims_created_at", "created_at", **BY_TIME),
        Index("ix_prize_claims_changed_at", "changed_at", **BY_TIME),
        Index(
            "uq_prize_claims_order_id",
            "order_id",
            unique=True,
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        Index(
            "ix_prize_claims_claim_by",
            "claim_by",
            postgresql_where=text("state = 'waiting_address'"),
        ),
        # What was given away is added up each minute.
        Index(
            "ix_prize_claims_given",
            "sku_id",
            postgresql_include=["units", "back_units"],
            postgresql_where=text("state = 'ordered'"),
        ),
    )
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"))
    units: Mapped[int]
    back_units: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(Text, server_default=text("'waiting_address'"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    claim_by: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    ordered_at: Mapped[datetime | None]
    waits: Mapped[int] = mapped_column(server_default=text("1"))
    end_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))

    @property
    def left(self) -> int:
        """The units that the shopper has a right to, or has."""
        return self.units - self.back_units
