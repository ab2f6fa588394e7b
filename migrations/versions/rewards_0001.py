"""Tables of mall.rewards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "rewards_0001"
down_revision = "promotions_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, **kwargs)


def upgrade() -> None:
    op.create_table(
        "reward_rules",
        big("id", sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reward", postgresql.JSONB(), nullable=False),
        big("budget"),
        big("daily_cap"),
        big("granted", server_default=sa.text("0"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reward_rules"),
        sa.CheckConstraint(
            "granted >= 0 AND granted <= budget", name=op.f("ck_reward_rules_budget")
        ),
        sa.CheckConstraint("daily_cap > 0", name=op.f("ck_reward_rules_daily_cap")),
    )
    op.create_table(
        "reward_grants",
        big("id", sa.Identity(), nullable=False),
        big("rule_id", nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        big("user_id", nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'granted'"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("receipts", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        moment("reversed_at"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reward_grants"),
        sa.ForeignKeyConstraint(["rule_id"], ["reward_rules.id"], name="fk_reward_grants_rule_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_reward_grants_user_id"),
        sa.UniqueConstraint("rule_id", "event", "user_id", name="uq_reward_grants_rule_event_user"),
        sa.CheckConstraint(
            "status IN ('granted', 'reversed')", name=op.f("ck_reward_grants_status")
        ),
        sa.CheckConstraint(
            "(status = 'reversed') = (reversed_at IS NOT NULL)",
            name=op.f("ck_reward_grants_reversed_at"),
        ),
    )
    op.create_index("ix_reward_grants_rule_id_id", "reward_grants", ["rule_id", "id"])
    op.create_index("ix_reward_grants_user_id_id", "reward_grants", ["user_id", "id"])
    op.create_table(
        "reward_days",
        big("rule_id", nullable=False),
        big("user_id", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        big("granted", nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "user_id", "day", name="pk_reward_days"),
        sa.ForeignKeyConstraint(["rule_id"], ["reward_rules.id"], name="fk_reward_days_rule_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_reward_days_user_id"),
        sa.CheckConstraint("granted > 0", name=op.f("ck_reward_days_granted")),
    )


def downgrade() -> None:
    for table in ("reward_days", "reward_grants", "reward_rules"):
        op.drop_table(table)
