"""Tables of the reconciliation, and how its statement finds a day's payments and refunds."""

import sqlalchemy as sa
from alembic import op

revision = "reconciliation_0001"
down_revision = "uploads_0001"
branch_labels = None
depends_on = None

TOTALS = (
    *("their_payments", "their_payments_fen", "their_refunds", "their_refunds_fen"),
    *("our_payments", "our_payments_fen", "our_refunds", "our_refunds_fen", "foreign_rows"),
)


def _created() -> sa.Column[object]:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("run", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in TOTALS),
        _created(),
        sa.CheckConstraint(
            "status IN ('waiting', 'done', 'failed')", name=op.f("ck_reconciliations_status")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_reconciliations")),
    )
    op.create_index(
        "ix_reconciliations_due",
        "reconciliations",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "bill_lines",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "run", "line", name=op.f("pk_bill_lines")),
    )
    op.create_table(
        "reconciliation_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), server_default="", nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=True),
        sa.Column("ours_fen", sa.BigInteger(), nullable=True),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        _created(),
        sa.CheckConstraint(
            "kind IN ('theirs_only', 'ours_only', 'amount_differs')",
            name=op.f("ck_reconciliation_findings_kind"),
        ),
        sa.CheckConstraint(
            "subject IN ('payment', 'refund')", name=op.f("ck_reconciliation_findings_subject")
        ),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolution IS NULL)",
            name=op.f("ck_reconciliation_findings_resolution"),
        ),
        sa.ForeignKeyConstraint(
            ["day"], ["reconciliations.day"], name=op.f("fk_reconciliation_findings_day")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_reconciliation_findings_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"],
            ["staff_members.id"],
            name=op.f("fk_reconciliation_findings_resolved_by"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_findings")),
        sa.UniqueConstraint(
            "day", "kind", "subject", "number", name="uq_reconciliation_findings_once"
        ),
    )
    op.create_index(
        "ix_reconciliation_findings_open",
        "reconciliation_findings",
        ["day", "id"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "ix_payment_attempts_success_at",
        "payment_attempts",
        ["success_at"],
        postgresql_where=sa.text("success_at IS NOT NULL"),
    )
    op.create_index(
        "ix_refunds_tried_at",
        "refunds",
        ["tried_at"],
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_refunds_tried_at", "refunds")
    op.drop_index("ix_payment_attempts_success_at", "payment_attempts")
    op.drop_table("reconciliation_findings")
    op.drop_table("bill_lines")
    op.drop_table("reconciliations")
