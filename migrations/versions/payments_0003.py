"""Refunds: when our books were told that one has ended; an index of those that haven't."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0003"
down_revision = "payouts_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refunds", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_refunds_under_way",
        "refunds",
        ["id"],
        postgresql_where=sa.text("status NOT IN ('succeeded', 'canceled')"),
    )


def downgrade() -> None:
    op.drop_index("ix_refunds_under_way", table_name="refunds")
    op.drop_column("refunds", "ended_at")
