"""New shoppers who left soon after a share brought them."""

import sqlalchemy as sa
from alembic import op

revision = "sharing_0002"
down_revision = "missions_board_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("share_shoppers", sa.Column("left_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_share_shoppers_left"), "share_shoppers", "left_at IS NULL OR opener_id IS NULL"
    )


def downgrade() -> None:
    op.drop_column("share_shoppers", "left_at")
