"""Make-up cards for points, and reminders of the check-in."""

import sqlalchemy as sa
from alembic import op

revision = "missions_0003"
down_revision = "points_checkout_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "make_up_card_months",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("bought", sa.Integer(), nullable=False),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "month", name=op.f("pk_make_up_card_months")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_make_up_card_months_user_id")
        ),
        sa.CheckConstraint("bought > 0", name=op.f("ck_make_up_card_months_bought")),
    )
    op.create_index(
        "ix_make_up_card_months_bought_at", "make_up_card_months", ["bought_at"]
    )
    op.create_table(
        "check_in_reminders",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("handled_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_check_in_reminders")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_check_in_reminders_user_id")
        ),
        sa.CheckConstraint("hour >= 0 AND hour < 24", name=op.f("ck_check_in_reminders_hour")),
    )
    op.create_index(
        "ix_check_in_reminders_hour_handled_on", "check_in_reminders", ["hour", "handled_on"]
    )


def downgrade() -> None:
    op.drop_table("check_in_reminders")
    op.drop_table("make_up_card_months")
