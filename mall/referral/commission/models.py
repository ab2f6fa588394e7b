"""Tables of commission: accounts, entries, holds. Amounts in fen. What orders bring is in
`line_models`."""

from __future__ import annotations

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
from mall.referral.commission.kinds import LABELS

_ZERO = text("0")


class CommissionAccount(Base):
    """What a promoter has. The sums of its entries, kept beside them.

    `pending_fen` waits for its orders to settle, `available_fen` can be withdrawn, `held_fen` is in
    withdrawals under way, `debt_fen` was taken back after it was withdrawn. Nobody has a debt
    beside available money.
    """

    __tablename__ = "commission_accounts"
    __table_args__ = (
        CheckConstraint(
            "pending_fen >= 0 AND available_fen >= 0 AND held_fen >= 0 AND debt_fen >= 0",
            name="not_negative",
        ),
        Index("ix_commission_accounts_debt", "user_id", postgresql_where=text("debt_fen > 0")),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    pending_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    available_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    held_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    debt_fen: Mapped[int] = mapped_column(server_default=_ZERO)


class CommissionEntry(Identified, Created):
    """One change of an account; never changed itself. `source` makes it once a kind.

    `staff_id` is who made it by hand, `note` their reason.
    """

    __tablename__ = "commission_entries"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        CheckConstraint(
            "pending_fen <> 0 OR available_fen <> 0 OR held_fen <> 0 OR debt_fen <> 0",
            name="changes_something",
        ),
        Index("ix_commission_entries_user_id_id", "user_id", "id"),
        Index("ix_commission_entries_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    pending_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    available_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    held_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    debt_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))

    @property
    def label(self) -> str:
        """The kind, in Chinese."""
        return LABELS[self.kind]


class CommissionHold(Identified, Created):
    """Available commission that a withdrawal has reserved, under the withdrawal's `number`."""

    __tablename__ = "commission_holds"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("status IN ('held', 'settled', 'released')", name="status"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_commission_holds_user_id_id", "user_id", "id"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    number: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default=text("'held'"))
