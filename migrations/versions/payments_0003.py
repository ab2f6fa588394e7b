"""Refunds: when our books were told that one has ended."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0003"
down_revision = "payouts_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refunds", sa.Column("ended_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("refunds", "ended_at")
