"""Outbound calls keep a pace, and stand in line for it."""

import sqlalchemy as sa
from alembic import op

revision = "kernel_0004"
down_revision = "repricing_0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outbound_paces",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("last_slot", TIME, nullable=False),
        sa.Column("slow_until", TIME),
    )
    op.add_column("outbound_calls", sa.Column("paced_since", TIME))
    op.create_index(
        "ix_outbound_calls_paced",
        "outbound_calls",
        ["kind", "paced_since"],
        postgresql_where=sa.text("paced_since IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("outbound_calls", "paced_since")
    op.drop_table("outbound_paces")
