"""A message keeps the number that WeChat gave it."""

import sqlalchemy as sa
from alembic import op

revision = "messages_0003"
down_revision = "payments_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("wechat_id", sa.Text()))
    op.create_index(
        "ix_messages_wechat_id",
        "messages",
        ["wechat_id"],
        postgresql_where=sa.text("wechat_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("messages", "wechat_id")
