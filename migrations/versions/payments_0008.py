"""WeChat's own sentence about a refund that fails, and the payment that a bill's refund is of."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0008"
down_revision = "payments_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refunds", sa.Column("error_message", sa.Text, nullable=True))
    op.add_column(
        "bill_lines",
        sa.Column("payment_number", sa.Text, nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("bill_lines", "payment_number")
    op.drop_column("refunds", "error_message")
