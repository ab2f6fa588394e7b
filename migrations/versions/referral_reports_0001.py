"""Bindings by the time when they were made, for reports by week."""

from alembic import op

revision = "referral_reports_0001"
down_revision = "commission_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_referral_bindings_bound_at",
        "referral_bindings",
        ["bound_at"],
        postgresql_using="brin",
    )


def downgrade() -> None:
    op.drop_index("ix_referral_bindings_bound_at", "referral_bindings")
