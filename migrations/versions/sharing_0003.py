"""Late days of sharing are found without all of history: for the doctor's frequent run."""

from alembic import op

revision = "sharing_0003"
down_revision = "users_0006"
branch_labels = None
depends_on = None

TABLES = ("shares", "share_shoppers", "share_orders", "share_days")


def upgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_day", table, ["day"], postgresql_using="brin")
    op.drop_index("ix_shares_user_id_day", table_name="shares")  # nothing asks by it


def downgrade() -> None:
    op.create_index("ix_shares_user_id_day", "shares", ["user_id", "day"])
    for table in TABLES:
        op.drop_index(f"ix_{table}_day", table_name=table)
