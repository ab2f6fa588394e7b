"""Why the closing of an order waits."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0006"
down_revision = "payments_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_closings", sa.Column("error", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("order_closings", "error")
