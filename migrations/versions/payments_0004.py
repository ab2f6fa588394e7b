"""Under which of its numbers a refund was last asked for."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0004"
down_revision = "aftersales_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refunds", sa.Column("tried_generation", sa.BigInteger, nullable=True))
    op.execute("UPDATE refunds SET tried_generation = generation WHERE tried_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("refunds", "tried_generation")
