"""Moderation: contents that are decided on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_moderation_0001"
down_revision = "reviews_trials_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moderated_contents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "pictures", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("video", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("manual", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("legal_reason", sa.Text(), nullable=True),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
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
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'hidden', 'withdrawn')",
            name=op.f("ck_moderated_contents_status"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_moderated_contents_version")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_members.id"], name=op.f("fk_moderated_contents_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_moderated_contents_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderated_contents")),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_moderated_contents_kind_ref")),
    )
    op.create_index(
        "ix_moderated_contents_pending",
        "moderated_contents",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_moderated_contents_user_id", "moderated_contents", ["user_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_moderated_contents_user_id", table_name="moderated_contents")
    op.drop_index(
        "ix_moderated_contents_pending",
        table_name="moderated_contents",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_table("moderated_contents")
