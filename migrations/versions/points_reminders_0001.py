"""The runs of reminders of points that expire."""

import sqlalchemy as sa
from alembic import op

revision = "points_reminders_0001"
down_revision = "points_0001"
branch_labels = None
depends_on = None

TABLE = "points_reminder_runs"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("after_expires_at", sa.DateTime(timezone=True)),
        sa.Column("after_user_id", sa.BigInteger()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("last_day", "days_before", name=f"pk_{TABLE}"),
        sa.CheckConstraint("days_before > 0", name=op.f(f"ck_{TABLE}_days_before")),
        sa.CheckConstraint(
            "(after_expires_at IS NULL) = (after_user_id IS NULL)", name=op.f(f"ck_{TABLE}_after")
        ),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
