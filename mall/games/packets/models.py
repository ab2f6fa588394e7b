"""Tables of expanding red packets: campaigns, and the packets that shoppers opened."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class PacketCampaign(Identified, Created):
    """A campaign: a draft until `published_at`, then a trigger keeps its terms as they are.

    Shoppers open packets and check in from `warm_first` to `warm_last`, and use the coupon from
    `sale_first` to `sale_last`; all are shop days. `values_fen` is what the coupon is worth after
    no check-in, one, two, …; the last is the cap. `packets` and `budget_fen` bound how many are
    opened: each is counted at the cap. `template_id` is the template of its coupons.
    `revision` counts what staff saved.
    """

    __tablename__ = "packet_campaigns"
    __table_args__ = (
        CheckConstraint(
            "warm_first <= warm_last AND warm_last < sale_first AND sale_first <= sale_last",
            name="days",
        ),
        CheckConstraint("packets > 0 AND budget_fen > 0 AND threshold_fen >= 0", name="amounts"),
        CheckConstraint("num_nonnulls(packets, budget_fen) > 0", name="bounded"),
        CheckConstraint(
            "(published_at IS NULL) = (template_id IS NULL)"
            " AND (ended_at IS NULL OR published_at IS NOT NULL)",
            name="published",
        ),
        UniqueConstraint("template_id"),
    )
    name: Mapped[str] = mapped_column(Text)
    rules: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    warm_first: Mapped[date] = mapped_column(Date)
    warm_last: Mapped[date] = mapped_column(Date)
    sale_first: Mapped[date] = mapped_column(Date)
    sale_last: Mapped[date] = mapped_column(Date)
    values_fen: Mapped[list[int]] = mapped_column(JSONB)
    threshold_fen: Mapped[int]
    scope: Mapped[dict[str, Any]] = mapped_column(JSONB)
    packets: Mapped[int | None]
    budget_fen: Mapped[int | None]
    template_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("coupon_templates.id"))
    published_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))

    @property
    def cap_fen(self) -> int:
        """The most that one packet is worth."""
        return self.values_fen[-1]

    @property
    def most(self) -> int:
        """How many packets may be opened: what is counted at its cap fits the budget."""
        bounds = [] if self.packets is None else [self.packets]
        if self.budget_fen is not None:
            bounds.append(self.budget_fen // self.cap_fen)
        return min(bounds)

    def value_fen(self, check_ins: int) -> int:
        """What a packet is worth after so many check-ins."""
        return self.values_fen[min(check_ins, len(self.values_fen) - 1)]


class Packet(Created, Base):
    """That a shopper opened the packet of a campaign, on the shop day `opened_on`: once.

    `check_ins` are the shopper's check-ins from that day to the end of the warm-up.
    """

    __tablename__ = "packets"
    __table_args__ = (
        UniqueConstraint("coupon_id"),
        CheckConstraint("check_ins >= 0", name="check_ins"),
        Index("ix_packets_user_id", "user_id"),
        Index("ix_packets_campaign_id_coupon_id", "campaign_id", "coupon_id"),
        Index("ix_packets_created_at", "created_at", **BY_TIME),
    )
    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("packet_campaigns.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    coupon_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupons.id"))
    opened_on: Mapped[date] = mapped_column(Date)
    check_ins: Mapped[int] = mapped_column(server_default=text("0"))
