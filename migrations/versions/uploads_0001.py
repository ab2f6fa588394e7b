"""Uploaded pictures and videos."""

import sqlalchemy as sa
from alembic import op

revision = "uploads_0001"
down_revision = "aftersales_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("attached_to", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "num_nonnulls(user_id, staff_id) = 1", name=op.f("ck_uploads_owner")
        ),
        sa.CheckConstraint(
            "(attached_to IS NULL) = (expires_at IS NOT NULL)", name=op.f("ck_uploads_attached")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_uploads_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("name", name="uq_uploads_name"),
    )
    op.create_index("ix_uploads_user_id_id", "uploads", ["user_id", "id"])
    op.create_index("ix_uploads_staff_id_id", "uploads", ["staff_id", "id"])
    op.create_index(
        "ix_uploads_expires_at",
        "uploads",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("uploads")
