"""Versions of what compliance reviews: coupon templates, reward rules, flash sale sessions."""

import sqlalchemy as sa
from alembic import op

revision = "compliance_0002"
down_revision = "points_reminders_0001"
branch_labels = None
depends_on = None

_VERSIONED = {"coupon_templates": "1", "reward_rules": "1", "flash_sessions": "0"}


def upgrade() -> None:
    for table, first in _VERSIONED.items():
        op.add_column(
            table,
            sa.Column("version", sa.BigInteger(), server_default=sa.text(first), nullable=False),
        )
    _results("result IN ('passed', 'warned', 'refused')")


def downgrade() -> None:
    op.execute("DELETE FROM compliance_verdicts WHERE result = 'refused'")
    _results("result IN ('passed', 'warned')")
    for table in _VERSIONED:
        op.drop_column(table, "version")


def _results(condition: str) -> None:
    name = op.f("ck_compliance_verdicts_result")
    op.drop_constraint(name, "compliance_verdicts")
    op.create_check_constraint(name, "compliance_verdicts", condition)
