"""Imported reviews: which row of a sheet each comes from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_importing_0001"
down_revision = "reviews_moderation_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_reviews",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("octet_length(key) = 16", name=op.f("ck_imported_reviews_key")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_imported_reviews_review_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_imported_reviews")),
        sa.UniqueConstraint("review_id", name="uq_imported_reviews_review_id"),
    )


def downgrade() -> None:
    op.drop_table("imported_reviews")
