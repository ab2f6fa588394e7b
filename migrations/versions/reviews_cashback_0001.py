"""Cash for likes of a shared review: campaigns, shows, likes, devices of writers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_cashback_0001"
down_revision = "reviews_show_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cashback_campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("likes_needed", sa.SmallInteger(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("min_pictures", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_cashback_campaigns_window")),
        sa.CheckConstraint(
            "likes_needed > 0 AND days > 0 AND amount_fen > 0",
            name=op.f("ck_cashback_campaigns_terms"),
        ),
        sa.CheckConstraint(
            "min_pictures BETWEEN 1 AND 9", name=op.f("ck_cashback_campaigns_min_pictures")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["reward_rules.id"], name=op.f("fk_cashback_campaigns_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cashback_campaigns")),
    )
    op.create_index(
        "ix_cashback_campaigns_rule_id", "cashback_campaigns", ["rule_id"], unique=False
    )
    op.create_table(
        "cashback_shows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("needed", sa.SmallInteger(), nullable=False),
        sa.Column("likes", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'collecting'"), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("score", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "reasons",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(likes = needed) = (reached_at IS NOT NULL)"
            " AND num_nonnulls(reached_at, hold_until) IN (0, 2)"
            " AND (status NOT IN ('reached', 'given') OR reached_at IS NOT NULL)"
            " AND (status NOT IN ('collecting', 'lapsed') OR reached_at IS NULL)",
            name=op.f("ck_cashback_shows_reached"),
        ),
        sa.CheckConstraint(
            "status <> 'given' OR given_at IS NOT NULL", name=op.f("ck_cashback_shows_given")
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR (decided_at IS NOT NULL AND reason <> '')",
            name=op.f("ck_cashback_shows_refused"),
        ),
        sa.CheckConstraint(
            "status IN ('collecting', 'reached', 'given', 'lapsed', 'gone', 'refused')",
            name=op.f("ck_cashback_shows_status"),
        ),
        sa.CheckConstraint("likes BETWEEN 0 AND needed", name=op.f("ck_cashback_shows_likes")),
        sa.CheckConstraint(
            "num_nonnulls(decided_at, decided_by) IN (0, 2)", name=op.f("ck_cashback_shows_decided")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_cashback_shows_score")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["cashback_campaigns.id"], name=op.f("fk_cashback_shows_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_members.id"], name=op.f("fk_cashback_shows_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["reward_grants.id"], name=op.f("fk_cashback_shows_grant_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_cashback_shows_review_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_cashback_shows_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cashback_shows")),
        sa.UniqueConstraint("campaign_id", "user_id", name="uq_cashback_shows_campaign_user"),
        sa.UniqueConstraint("grant_id", name=op.f("uq_cashback_shows_grant_id")),
        sa.UniqueConstraint("review_id", name=op.f("uq_cashback_shows_review_id")),
    )
    op.create_index(
        "ix_cashback_shows_campaign_id_id", "cashback_shows", ["campaign_id", "id"], unique=False
    )
    op.create_index("ix_cashback_shows_decided_by", "cashback_shows", ["decided_by"], unique=False)
    op.create_index(
        "ix_cashback_shows_ends_at",
        "cashback_shows",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("status = 'collecting'"),
    )
    op.create_index(
        "ix_cashback_shows_hold_until",
        "cashback_shows",
        ["hold_until"],
        unique=False,
        postgresql_where=sa.text("status = 'reached'"),
    )
    op.create_index(
        "ix_cashback_shows_user_id_id", "cashback_shows", ["user_id", "id"], unique=False
    )
    op.create_table(
        "cashback_devices",
        sa.Column("show_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["show_id"], ["cashback_shows.id"], name=op.f("fk_cashback_devices_show_id")
        ),
        sa.PrimaryKeyConstraint("show_id", "device", name=op.f("pk_cashback_devices")),
    )
    op.create_table(
        "cashback_likes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("show_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["show_id"], ["cashback_shows.id"], name=op.f("fk_cashback_likes_show_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_cashback_likes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cashback_likes")),
        sa.UniqueConstraint("show_id", "device", name="uq_cashback_likes_show_device"),
        sa.UniqueConstraint("show_id", "user_id", name="uq_cashback_likes_show_user"),
    )
    op.create_index("ix_cashback_likes_user_id", "cashback_likes", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("cashback_likes")
    op.drop_table("cashback_devices")
    op.drop_table("cashback_shows")
    op.drop_table("cashback_campaigns")
