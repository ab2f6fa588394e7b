"""Rewards for reviews: what is rewarded, what each review got, known phrases."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_rewarding_0001"
down_revision = "reviews_writing_0001"
branch_labels = None
depends_on = None

KINDS = "'quality', 'base', 'picture', 'video', 'first_of_sku', 'featured'"


def _created_at() -> sa.Column:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def upgrade() -> None:
    op.create_table(
        "review_rewards",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("min_characters", sa.SmallInteger(), nullable=False),
        sa.Column("min_pictures", sa.SmallInteger(), nullable=False),
        sa.Column("at_most", sa.SmallInteger(), nullable=False),
        sa.Column("after_settling", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        _created_at(),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_review_rewards_kind")),
        sa.CheckConstraint(
            "min_characters >= 0 AND min_pictures >= 0", name=op.f("ck_review_rewards_least")
        ),
        sa.CheckConstraint(
            "at_most = 1 OR at_most > 1 AND kind = 'picture'",
            name=op.f("ck_review_rewards_at_most"),
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["reward_rules.id"], name=op.f("fk_review_rewards_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rewards")),
    )
    op.create_index(
        "uq_review_rewards_kind_enabled",
        "review_rewards",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("enabled"),
    )
    op.create_table(
        "review_reward_grants",
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reward_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.SmallInteger(), nullable=False),
        sa.Column("sku_id", sa.BigInteger(), nullable=True),
        sa.Column("grant_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        _created_at(),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_review_reward_grants_attempts")),
        sa.CheckConstraint(
            "(kind = 'first_of_sku') = (sku_id IS NOT NULL)",
            name=op.f("ck_review_reward_grants_sku"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_reward_grants_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["reward_id"], ["review_rewards.id"], name=op.f("fk_review_reward_grants_reward_id")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["reward_grants.id"], name=op.f("fk_review_reward_grants_grant_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "kind", name=op.f("pk_review_reward_grants")),
        sa.UniqueConstraint("sku_id", name="uq_review_reward_grants_sku_id"),
    )
    op.create_index("ix_review_reward_grants_grant_id", "review_reward_grants", ["grant_id"])
    op.create_index(
        "ix_review_reward_grants_created_at",
        "review_reward_grants",
        ["created_at"],
        postgresql_using="brin",
    )
    op.create_index(
        "ix_review_reward_grants_refused",
        "review_reward_grants",
        ["review_id"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )
    op.create_table(
        "review_phrases",
        sa.Column("phrase", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_phrases_review_id")
        ),
        sa.PrimaryKeyConstraint("phrase", name=op.f("pk_review_phrases")),
    )
    op.create_index("ix_review_phrases_review_id", "review_phrases", ["review_id"])


def downgrade() -> None:
    op.drop_table("review_phrases")
    op.drop_table("review_reward_grants")
    op.drop_table("review_rewards")
