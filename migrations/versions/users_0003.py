"""When a shopper was last seen; indexes of the staff's list of shoppers."""

import sqlalchemy as sa
from alembic import op

revision = "users_0003"
down_revision = "approvals_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """
        UPDATE users u SET last_seen_at = greatest(
            u.created_at, (SELECT max(t.created_at) FROM user_tokens t WHERE t.user_id = u.id)
        )
        """
    )
    op.alter_column(
        "users", "last_seen_at", nullable=False, server_default=sa.text("clock_timestamp()")
    )
    op.create_index("ix_users_created_at", "users", ["created_at"])
    op.create_index("ix_users_last_seen_at", "users", ["last_seen_at"])
    op.create_index(
        "ix_users_nickname", "users", ["nickname"], postgresql_ops={"nickname": "text_pattern_ops"}
    )
    op.create_index(
        "ix_users_blocked", "users", ["id"], postgresql_where=sa.text("blocked_at IS NOT NULL")
    )


def downgrade() -> None:
    for index in ("blocked", "nickname", "last_seen_at", "created_at"):
        op.drop_index(f"ix_users_{index}", table_name="users")
    op.drop_column("users", "last_seen_at")
