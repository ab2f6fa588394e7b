"""From which circle on a tier set is offered first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base


class GroupSetStart(Base):
    """The set is offered first to leaders whose circle is `min_circle` or more.

    `basis` is what that rests on: how much was seen, and what the model expects of a team of
    such a leader. Holds no shopper, and no price: those of a set are the same for everybody.
    """

    __tablename__ = "groupbuy_set_starts"
    __table_args__ = (CheckConstraint("min_circle >= 0", name="min_circle"),)
    tier_set_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_tier_sets.id"), primary_key=True, autoincrement=False
    )
    min_circle: Mapped[int] = mapped_column(Integer)
    basis: Mapped[dict[str, Any]] = mapped_column(JSONB)
    fitted_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
