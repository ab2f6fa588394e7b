"""Each shopper's record of trials, counted once of what there is."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_trials_0002"
down_revision = "promoters_0003"
branch_labels = None
depends_on = None


def count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "trial_officers",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        count("done"),
        count("late"),
        count("overdue"),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "late >= 0 AND done >= late AND overdue >= 0", name=op.f("ck_trial_officers_counts")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_trial_officers_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_trial_officers"),
    )
    op.execute(
        """
        INSERT INTO trial_officers (user_id, done, late, overdue)
        SELECT user_id, count(*) FILTER (WHERE status = 'done'),
               count(*) FILTER (WHERE status = 'done' AND late),
               count(*) FILTER (WHERE status = 'overdue')
        FROM trial_applications WHERE status IN ('done', 'overdue') GROUP BY user_id
        """
    )
    op.create_index(
        "ix_trial_officers_best",
        "trial_officers",
        [sa.text("(- done)"), "user_id"],
        postgresql_where=sa.text("done > 0"),
    )
    op.create_index(
        "ix_trial_officers_changed_at",
        "trial_officers",
        ["changed_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16},
    )


def downgrade() -> None:
    op.drop_table("trial_officers")
