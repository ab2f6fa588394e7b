"""Customers who closed their account: until when each is known."""

import sqlalchemy as sa
from alembic import op

revision = "users_0006"
down_revision = "points_earning_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # How long those who are in it were told isn't known: they are forgotten.
    op.execute("DELETE FROM closed_customers")
    op.add_column(
        "closed_customers", sa.Column("until", sa.DateTime(timezone=True), nullable=False)
    )
    op.drop_index("ix_closed_customers_closed_at", table_name="closed_customers")


def downgrade() -> None:
    op.create_index("ix_closed_customers_closed_at", "closed_customers", ["closed_at"])
    op.drop_column("closed_customers", "until")
