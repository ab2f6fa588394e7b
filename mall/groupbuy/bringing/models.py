"""The table of who was brought by whom."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created


class GroupBrought(Created, Base):
    """A new customer whose paid seat counts for a leader, who led the team then. A customer is
    brought once, whichever teams they joined.

    `grant_id` is what the leader was promised for it under `rule_id`; without one, `refusal` is
    the code of the rule's refusal (it was paused, or its budget spent).
    """

    __tablename__ = "groupbuy_brought"
    __table_args__ = (
        UniqueConstraint("user_id"),
        CheckConstraint("leader_id <> user_id", name="another"),
        CheckConstraint("grant_id IS NULL OR refusal IS NULL", name="outcome"),
        Index("ix_groupbuy_brought_leader_id", "leader_id", "order_id"),
        Index("ix_groupbuy_brought_team_id", "team_id"),
        Index(
            "ix_groupbuy_brought_refused",
            "order_id",
            postgresql_where=text("refusal IS NOT NULL"),
        ),
        Index("ix_groupbuy_brought_created_at", "created_at", **BY_TIME),
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_teams.id"))
    leader_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)
