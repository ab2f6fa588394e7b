"""Closed accounts: nothing personal is left in the row, and the openid may register anew."""

import sqlalchemy as sa
from alembic import op

revision = "users_0004"
down_revision = "rewards_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("closed_at", "erase_due_at"):
        op.add_column("users", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.alter_column("users", "openid", nullable=True)
    op.create_check_constraint(
        op.f("ck_users_closed"),
        "users",
        "CASE WHEN closed_at IS NULL THEN openid IS NOT NULL AND erase_due_at IS NULL"
        " ELSE num_nonnulls(openid, unionid, nickname, avatar_url, phone_sealed, phone_index,"
        " first_touch, risk_rank, risk_asked_at) = 0 END",
    )
    op.create_index(
        "ix_users_closed", "users", ["id"], postgresql_where=sa.text("closed_at IS NOT NULL")
    )
    op.create_index(
        "ix_users_erase_due_at",
        "users",
        ["erase_due_at"],
        postgresql_where=sa.text("erase_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Closed accounts get an openid that WeChat doesn't know."""
    for index in ("erase_due_at", "closed"):
        op.drop_index(f"ix_users_{index}", table_name="users")
    op.drop_constraint(op.f("ck_users_closed"), "users", type_="check")
    op.execute("UPDATE users SET openid = 'closed-' || id WHERE openid IS NULL")
    op.alter_column("users", "openid", nullable=False)
    for name in ("erase_due_at", "closed_at"):
        op.drop_column("users", name)
