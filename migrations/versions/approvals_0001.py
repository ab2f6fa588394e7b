"""Table of mall.approvals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "approvals_0001"
down_revision = "users_0002"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_approvals_status"),
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (ended_at IS NULL)", name=op.f("ck_approvals_ended")
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_by IS NOT NULL)",
            name=op.f("ck_approvals_decided"),
        ),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_approvals_four_eyes")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["staff_members.id"], name="fk_approvals_requested_by"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_members.id"], name="fk_approvals_decided_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index(
        "uq_approvals_open", "approvals", ["kind", "ref"], unique=True, postgresql_where=PENDING
    )
    op.create_index(
        "ix_approvals_expires_at", "approvals", ["expires_at"], postgresql_where=PENDING
    )
    for column in ("status", "kind", "ref", "requested_by"):
        op.create_index(f"ix_approvals_{column}", "approvals", [column, "id"])


def downgrade() -> None:
    op.drop_table("approvals")
