"""Tables of verdicts: what the rules said of each version, and what they say today."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Created, Identified


class ComplianceRecheck(Identified, Created):
    """What today's rules say of a running campaign and didn't when its version was saved.

    Staff may accept what is `warned`. `created_at` is when these findings were first made.
    """

    __tablename__ = "compliance_rechecks"
    __table_args__ = (
        UniqueConstraint("kind", "ref", name="uq_compliance_rechecks_kind_ref"),
        CheckConstraint("result IN ('warned', 'refused')", name="result"),
        CheckConstraint("result = 'warned' OR accepted_at IS NULL", name="accepted"),
    )
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))


class ComplianceVerdict(Identified, Created):
    """One version of a campaign as it was saved, and the verdict. Never changed.

    `snapshot` is the version's description, `rules` the codes of those that were asked. Staff
    accepted what was `warned`. What is refused isn't saved; a `refused` row is of a version that
    only gives less than the one before.
    `staff_id` is NULL for a command of the system.
    """

    __tablename__ = "compliance_verdicts"
    __table_args__ = (
        UniqueConstraint("kind", "ref", "version"),
        CheckConstraint("result IN ('passed', 'warned', 'refused')", name="result"),
        CheckConstraint("(result = 'passed') = (findings = '[]'::jsonb)", name="findings"),
        Index("ix_compliance_verdicts_result_id", "result", "id"),
    )
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    result: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    rules: Mapped[list[str]] = mapped_column(ARRAY(Text))
    ends_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
