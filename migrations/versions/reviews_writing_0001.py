"""Reviews: what is written of order lines, what it adds up to, votes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_writing_0001"
down_revision = "kernel_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spu_rating_tags",
        sa.Column("spu_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_spu_rating_tags_count")),
        sa.PrimaryKeyConstraint("spu_id", "tag", name=op.f("pk_spu_rating_tags")),
    )
    op.create_table(
        "spu_ratings",
        sa.Column("spu_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("approved", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("star_sum", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_1", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_2", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_3", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_4", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_5", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("with_pictures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("with_video", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("follow_ups", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("low", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("defaults", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "least(approved, star_sum, stars_1, stars_2, stars_3, stars_4, stars_5, with_pictures,"
            " with_video, follow_ups, low, defaults) >= 0",
            name=op.f("ck_spu_ratings_counts"),
        ),
        sa.CheckConstraint(
            "star_sum = stars_1 + 2 * stars_2 + 3 * stars_3 + 4 * stars_4 + 5 * stars_5",
            name=op.f("ck_spu_ratings_stars"),
        ),
        sa.PrimaryKeyConstraint("spu_id", name=op.f("pk_spu_ratings")),
    )
    op.create_table(
        "review_chances",
        sa.Column("order_line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_review_chances_order_line_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_review_chances_user_id")),
        sa.PrimaryKeyConstraint("order_line_id", name=op.f("pk_review_chances")),
    )
    op.create_index("ix_review_chances_until", "review_chances", ["until"], unique=False)
    op.create_index(
        "ix_review_chances_user_id", "review_chances", ["user_id", "order_line_id"], unique=False
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=True),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("order_kind", sa.Text(), server_default=sa.text("'normal'"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("nickname", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("spu_id", sa.BigInteger(), nullable=False),
        sa.Column("sku_id", sa.BigInteger(), nullable=True),
        sa.Column("sku_spec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("goods_stars", sa.SmallInteger(), nullable=True),
        sa.Column("logistics_stars", sa.SmallInteger(), nullable=True),
        sa.Column("service_stars", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "pictures", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("video", sa.Text(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("order_refunded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("helpful", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unhelpful", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("wilson", sa.Float(precision=53), server_default=sa.text("0"), nullable=False),
        sa.Column("featured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'deleted') = (deleted_at IS NOT NULL)", name=op.f("ck_reviews_deleted")
        ),
        sa.CheckConstraint(
            "CASE WHEN origin = 'import' THEN num_nonnulls(order_line_id, order_id, user_id,"
            " goods_stars, logistics_stars, service_stars) = 0 ELSE num_nonnulls(order_line_id,"
            " order_id, goods_stars, logistics_stars, service_stars) = 5 END",
            name=op.f("ck_reviews_of_a_line"),
        ),
        sa.CheckConstraint(
            "origin <> 'default' OR (text = '' AND pictures = '{}' AND video IS NULL)",
            name=op.f("ck_reviews_default"),
        ),
        sa.CheckConstraint(
            "origin IN ('shopper', 'default', 'import')", name=op.f("ck_reviews_origin")
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_at IS NOT NULL", name=op.f("ck_reviews_approved")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'hidden', 'deleted')",
            name=op.f("ck_reviews_status"),
        ),
        sa.CheckConstraint("cardinality(pictures) <= 9", name=op.f("ck_reviews_pictures")),
        sa.CheckConstraint(
            "goods_stars BETWEEN 1 AND 5 AND logistics_stars BETWEEN 1 AND 5"
            " AND service_stars BETWEEN 1 AND 5",
            name=op.f("ck_reviews_stars"),
        ),
        sa.CheckConstraint("helpful >= 0 AND unhelpful >= 0", name=op.f("ck_reviews_votes")),
        sa.CheckConstraint(
            "num_nonnulls(reply, replied_at, replied_by) IN (0, 3)", name=op.f("ck_reviews_reply")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reviews_order_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_reviews_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["replied_by"], ["staff_members.id"], name=op.f("fk_reviews_replied_by")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reviews_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_reviews_order_line_id")),
    )
    op.create_index(
        "ix_reviews_changed_at", "reviews", ["changed_at"], unique=False, postgresql_using="brin"
    )
    op.create_index("ix_reviews_order_id", "reviews", ["order_id"], unique=False)
    op.create_index("ix_reviews_sku_id_id", "reviews", ["sku_id", "id"], unique=False)
    op.create_index("ix_reviews_spu_id_id", "reviews", ["spu_id", "id"], unique=False)
    op.create_index("ix_reviews_user_id_id", "reviews", ["user_id", "id"], unique=False)
    op.create_table(
        "review_follow_ups",
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "pictures", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_at IS NOT NULL",
            name=op.f("ck_review_follow_ups_approved"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'hidden', 'deleted')",
            name=op.f("ck_review_follow_ups_status"),
        ),
        sa.CheckConstraint(
            "cardinality(pictures) <= 9", name=op.f("ck_review_follow_ups_pictures")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_follow_ups_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_follow_ups")),
    )
    op.create_index(
        "ix_review_follow_ups_changed_at",
        "review_follow_ups",
        ["changed_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "review_listings",
        sa.Column("spu_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wilson", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_listings_review_id")
        ),
        sa.PrimaryKeyConstraint("spu_id", "facet", "review_id", name=op.f("pk_review_listings")),
    )
    op.create_index(
        "ix_review_listings_helpful",
        "review_listings",
        ["spu_id", "facet", "wilson", "review_id"],
        unique=False,
    )
    op.create_index("ix_review_listings_review_id", "review_listings", ["review_id"], unique=False)
    op.create_table(
        "review_tasks",
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "done_at IS NOT NULL OR num_nonnulls(done_by, note) = 0",
            name=op.f("ck_review_tasks_done"),
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["staff_members.id"], name=op.f("fk_review_tasks_done_by")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_tasks_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_tasks")),
    )
    op.create_index(
        "ix_review_tasks_open",
        "review_tasks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "review_votes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_votes_review_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_review_votes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_votes")),
        sa.UniqueConstraint("review_id", "user_id", name=op.f("uq_review_votes_review_id_user_id")),
    )
    op.create_index("ix_review_votes_user_id", "review_votes", ["user_id"], unique=False)

    # What was received lately may be reviewed, too.
    op.execute(
        """
        INSERT INTO review_chances (order_line_id, user_id, until)
        SELECT l.id, o.user_id, o.completed_at + interval '15 days'
        FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN users u ON u.id = o.user_id
        WHERE o.status = 'completed' AND o.completed_at > now() - interval '15 days'
          AND l.gift IS NULL AND l.refunded_quantity < l.quantity AND u.closed_at IS NULL
        """
    )


def downgrade() -> None:
    op.drop_index("ix_review_votes_user_id", table_name="review_votes")
    op.drop_table("review_votes")
    op.drop_index(
        "ix_review_tasks_open",
        table_name="review_tasks",
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("review_tasks")
    op.drop_index("ix_review_listings_review_id", table_name="review_listings")
    op.drop_index("ix_review_listings_helpful", table_name="review_listings")
    op.drop_table("review_listings")
    op.drop_index(
        "ix_review_follow_ups_changed_at", table_name="review_follow_ups", postgresql_using="brin"
    )
    op.drop_table("review_follow_ups")
    op.drop_index("ix_reviews_user_id_id", table_name="reviews")
    op.drop_index("ix_reviews_spu_id_id", table_name="reviews")
    op.drop_index("ix_reviews_sku_id_id", table_name="reviews")
    op.drop_index("ix_reviews_order_id", table_name="reviews")
    op.drop_index("ix_reviews_changed_at", table_name="reviews", postgresql_using="brin")
    op.drop_table("reviews")
    op.drop_index("ix_review_chances_user_id", table_name="review_chances")
    op.drop_index("ix_review_chances_until", table_name="review_chances")
    op.drop_table("review_chances")
    op.drop_table("spu_ratings")
    op.drop_table("spu_rating_tags")
