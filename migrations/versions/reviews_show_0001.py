"""The buyer show: columns, featured reviews, who likes and collects them."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_show_0001"
down_revision = "reviews_questions_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "show_columns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("coupon_template_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("sort IN ('hot', 'newest')", name=op.f("ck_show_columns_sort")),
        sa.ForeignKeyConstraint(
            ["coupon_template_id"],
            ["coupon_templates.id"],
            name=op.f("fk_show_columns_coupon_template_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_show_columns")),
    )
    op.create_index(
        "ix_show_columns_coupon_template_id", "show_columns", ["coupon_template_id"], unique=False
    )
    op.create_table(
        "show_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("column_id", sa.BigInteger(), nullable=False),
        sa.Column("likes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("collects", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("heat", sa.Float(precision=53), nullable=False),
        sa.Column(
            "featured_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("featured_by", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ended_why IN ('staff', 'hidden', 'deleted', 'refused', 'refunded', 'no_pictures')",
            name=op.f("ck_show_entries_ended_why"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_show_entries_ended")
        ),
        sa.CheckConstraint("likes >= 0 AND collects >= 0", name=op.f("ck_show_entries_counts")),
        sa.ForeignKeyConstraint(
            ["column_id"], ["show_columns.id"], name=op.f("fk_show_entries_column_id")
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name=op.f("fk_show_entries_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["featured_by"], ["staff_members.id"], name=op.f("fk_show_entries_featured_by")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_show_entries_review_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_show_entries")),
        sa.UniqueConstraint("review_id", name=op.f("uq_show_entries_review_id")),
    )
    op.create_index("ix_show_entries_coupon_id", "show_entries", ["coupon_id"], unique=False)
    op.create_index(
        "ix_show_entries_hot",
        "show_entries",
        ["column_id", "heat", "id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_show_entries_newest",
        "show_entries",
        ["column_id", "featured_at", "id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "show_likes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["show_entries.id"], name=op.f("fk_show_likes_entry_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_show_likes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_show_likes")),
        sa.UniqueConstraint("entry_id", "user_id", name=op.f("uq_show_likes_entry_id_user_id")),
    )
    op.create_index("ix_show_likes_user_id", "show_likes", ["user_id"], unique=False)
    op.create_table(
        "show_collects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["show_entries.id"], name=op.f("fk_show_collects_entry_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_show_collects_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_show_collects")),
        sa.UniqueConstraint("entry_id", "user_id", name=op.f("uq_show_collects_entry_id_user_id")),
    )
    op.create_index("ix_show_collects_user_id_id", "show_collects", ["user_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("show_collects")
    op.drop_table("show_likes")
    op.drop_table("show_entries")
    op.drop_table("show_columns")
