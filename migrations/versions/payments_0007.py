"""Findings of the reconciliation: further rows of a bill under a number that it has already."""

from alembic import op

revision = "payments_0007"
down_revision = "payments_0006"
branch_labels = None
depends_on = None

NAME = "ck_reconciliation_findings_kind"
TABLE = "reconciliation_findings"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE)
    op.create_check_constraint(
        op.f(NAME), TABLE, "kind IN ('theirs_only', 'ours_only', 'amount_differs', 'billed_again')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM reconciliation_findings WHERE kind = 'billed_again'")
    op.drop_constraint(op.f(NAME), TABLE)
    op.create_check_constraint(
        op.f(NAME), TABLE, "kind IN ('theirs_only', 'ours_only', 'amount_differs')"
    )
