"""Tables of growth: the rules, and up to when promoters were compared with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified


class PromoterGrowthRule(Identified, Created):
    """Who meets all of it becomes a promoter (`standing`) or reaches a level (`level`).

    `figures` is a list of `figure`, `label` and `at_least`; `lesson_ids` are lessons that must be
    passed. Several rules that open the same are alternatives. `version` counts changes.
    """

    __tablename__ = "promoter_growth_rules"
    __table_args__ = (
        CheckConstraint("opens IN ('standing', 'level')", name="opens"),
        CheckConstraint("(opens = 'level') = (level_id IS NOT NULL)", name="level"),
        CheckConstraint(
            "jsonb_array_length(figures) + jsonb_array_length(lesson_ids) > 0", name="asks"
        ),
        CheckConstraint("version > 0", name="version"),
        Index("ix_promoter_growth_rules_level_id", "level_id"),
    )
    name: Mapped[str] = mapped_column(Text)
    opens: Mapped[str] = mapped_column(Text)
    level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("promoter_levels.id"))
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    lesson_ids: Mapped[list[int]] = mapped_column(JSONB)
    enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class PromoterGrowthLook(Base):
    """The one row that says up to when promoters were compared with the rules, and with which.

    `digest` is of all that decides who grows, beside what is known of each shopper.
    """

    __tablename__ = "promoter_growth_looks"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(Text)
