"""Units that came in are received."""

from alembic import op

revision = "inventory_0002"
down_revision = "cart_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("stocks", "put_in", new_column_name="received")


def downgrade() -> None:
    op.alter_column("stocks", "received", new_column_name="put_in")
