"""Payouts: transfers that staff abandon, the day of the bill as an index; why staff cancelled a
withdrawal."""

import sqlalchemy as sa
from alembic import op

revision = "payouts_0003"
down_revision = "reviews_rewarding_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payout_transfers", sa.Column("abandoned_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_payout_transfers_billed_on",
        "payout_transfers",
        ["billed_on"],
        postgresql_where=sa.text("billed_on IS NOT NULL"),
    )
    op.add_column("withdrawals", sa.Column("cancel_reason", sa.Text(), nullable=True))
    op.execute(
        """
        UPDATE withdrawals w SET cancel_reason = w.reason WHERE w.status = 'canceled' AND EXISTS (
            SELECT FROM audit_entries a WHERE a.action = 'withdrawal.cancel'
              AND a.target_type = 'withdrawal' AND a.target_id = w.number)
        """
    )


def downgrade() -> None:
    op.drop_column("withdrawals", "cancel_reason")
    op.drop_index("ix_payout_transfers_billed_on", table_name="payout_transfers")
    op.drop_column("payout_transfers", "abandoned_at")
