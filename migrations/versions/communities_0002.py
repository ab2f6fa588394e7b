"""Communities: hidden coupons and missions are drafts before they are published, and can be paused."""

import sqlalchemy as sa
from alembic import op

revision = "communities_0002"
down_revision = "kernel_0011"
branch_labels = None
depends_on = None

TABLES = ("hidden_coupons", "community_missions")
COLUMNS = ("paused", "published_at", "revision")
OVER = {"hidden_coupons": "revoked_at", "community_missions": "ended_at"}


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False)
        )
        op.add_column(table, sa.Column("published_at", sa.DateTime(timezone=True)))
        op.add_column(
            table, sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        op.execute(f"UPDATE {table} SET published_at = created_at")
    op.create_check_constraint(
        op.f("ck_hidden_coupons_published"),
        "hidden_coupons",
        "published_at IS NOT NULL OR used = 0 AND revoked_at IS NULL AND NOT paused",
    )
    op.create_check_constraint(
        op.f("ck_community_missions_published"),
        "community_missions",
        "published_at IS NOT NULL"
        " OR total = 0 AND reached_at IS NULL AND ended_at IS NULL AND NOT paused",
    )


def downgrade() -> None:
    """A draft becomes what nobody gets anything of."""
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_published"), table)
        op.execute(f"UPDATE {table} SET {OVER[table]} = now() WHERE published_at IS NULL")
        for column in COLUMNS:
            op.drop_column(table, column)
