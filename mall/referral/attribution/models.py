"""The table of attributions."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created

LAST_TOUCH, FIRST_TOUCH, BINDING = "last_touch", "first_touch", "binding"
RULES = (LAST_TOUCH, FIRST_TOUCH, BINDING)


class OrderAttribution(Created, Base):
    """That a paid order came of a share: once an order, written beside it, never changed.

    By `rule` it belongs to `inviter_id`, or to `channel_id`; `share_id` is the share that was
    opened, none for the rule of bindings. `binding_id` is the shopper's binding when they placed
    the order, whoever's share won. `first_order`: the first
    that the shopper ever paid for. `counted`: within the day's cap of who shared.
    """

    __tablename__ = "order_attributions"
    __table_args__ = (
        CheckConstraint("rule IN ('last_touch', 'first_touch', 'binding')", name="rule"),
        CheckConstraint("num_nonnulls(inviter_id, channel_id) = 1", name="owner"),
        CheckConstraint("inviter_id <> user_id", name="another"),
        Index("ix_order_attributions_user_id", "user_id", "order_id"),
        Index("ix_order_attributions_inviter_id", "inviter_id", "order_id"),
        Index("ix_order_attributions_binding_id", "binding_id", "order_id"),
        Index("ix_order_attributions_share_id", "share_id"),
        Index(
            "ix_order_attributions_channel_id",
            *("channel_id", "order_id"),
            postgresql_where=text("channel_id IS NOT NULL"),
        ),
        Index("ix_order_attributions_day", "day", **BY_TIME),
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    share_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("shares.id", ondelete="SET NULL")
    )
    channel_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("share_channels.id"))
    inviter_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    binding_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("referral_bindings.id"))
    rule: Mapped[str] = mapped_column(Text)
    first_order: Mapped[bool]
    day: Mapped[date] = mapped_column(Date)
    counted: Mapped[bool] = mapped_column(server_default=text("false"))
