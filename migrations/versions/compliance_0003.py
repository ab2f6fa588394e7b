"""What today's rules say of running campaigns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "compliance_0003"
down_revision = "browsing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compliance_rechecks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "result IN ('warned', 'refused')", name=op.f("ck_compliance_rechecks_result")
        ),
        sa.CheckConstraint(
            "result = 'warned' OR accepted_at IS NULL", name=op.f("ck_compliance_rechecks_accepted")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["staff_members.id"], name="fk_compliance_rechecks_accepted_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_compliance_rechecks"),
        sa.UniqueConstraint("kind", "ref", name="uq_compliance_rechecks_kind_ref"),
    )


def downgrade() -> None:
    op.drop_table("compliance_rechecks")
