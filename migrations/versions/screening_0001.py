"""Indexes for invites that wait and for the spread of scores."""

import sqlalchemy as sa
from alembic import op

revision = "screening_0001"
down_revision = "referral_reports_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_referral_invites_waiting",
        "referral_invites",
        ["id"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_referral_screenings_created_at",
        "referral_screenings",
        ["created_at"],
        postgresql_using="brin",
    )


def downgrade() -> None:
    op.drop_index("ix_referral_screenings_created_at", "referral_screenings")
    op.drop_index("ix_referral_invites_waiting", "referral_invites")
