"""Table of mall.compliance."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "compliance_0001"
down_revision = "missions_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compliance_verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "result IN ('passed', 'warned')", name=op.f("ck_compliance_verdicts_result")
        ),
        sa.CheckConstraint(
            "(result = 'passed') = (findings = '[]'::jsonb)",
            name=op.f("ck_compliance_verdicts_findings"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_compliance_verdicts_staff_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_compliance_verdicts"),
        sa.UniqueConstraint(
            "kind", "ref", "version", name="uq_compliance_verdicts_kind_ref_version"
        ),
    )
    op.create_index("ix_compliance_verdicts_result_id", "compliance_verdicts", ["result", "id"])
    op.execute(
        """
        CREATE FUNCTION refuse_verdict_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'compliance_verdicts never change'
            USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER compliance_verdicts_immutable BEFORE UPDATE
        ON compliance_verdicts FOR EACH STATEMENT EXECUTE FUNCTION refuse_verdict_change()
        """
    )


def downgrade() -> None:
    op.drop_table("compliance_verdicts")
    op.execute("DROP FUNCTION refuse_verdict_change()")
