"""Campaigns of lots: nobody enters while one is paused."""

import sqlalchemy as sa
from alembic import op

revision = "lottery_lots_0002"
down_revision = "communities_0002"
branch_labels = None
depends_on = None

TABLE = "lot_campaigns"


def upgrade() -> None:
    op.add_column(
        TABLE, sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column(TABLE, "paused")
