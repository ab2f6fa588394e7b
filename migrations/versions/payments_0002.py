"""A refund says what caused it; a refund of nothing needs no payment."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0002"
down_revision = "orders_0003"
branch_labels = None
depends_on = None


_CAUSES = """
UPDATE refunds r SET kind = CASE WHEN kind = 'staff' THEN 'order' ELSE kind END,
    cause = coalesce(
        (SELECT 'aftersales:' || a.after_sale_no FROM after_sales a WHERE a.refund_no = r.refund_no),
        kind
    )
"""
_STAFF = "UPDATE refunds SET kind = 'staff' WHERE kind = 'order'"


def _swap(new: str, rename: str) -> None:
    """The kind of a refund of an order's lines, and all that names it."""
    op.drop_index("uq_refunds_whole_payment", table_name="refunds")
    op.drop_constraint(op.f("ck_refunds_kind"), "refunds")
    op.execute(rename)
    op.create_check_constraint(
        op.f("ck_refunds_kind"),
        "refunds",
        f"kind IN ('{new}', 'late_payment', 'duplicate_payment')",
    )
    op.create_index(
        "uq_refunds_whole_payment",
        "refunds",
        ["attempt_id"],
        unique=True,
        postgresql_where=sa.text(f"kind <> '{new}'"),
    )


def upgrade() -> None:
    op.add_column("refunds", sa.Column("cause", sa.Text()))
    op.add_column(
        "refunds", sa.Column("cancellable", sa.Boolean(), server_default="true", nullable=False)
    )
    _swap("order", _CAUSES)
    op.alter_column("refunds", "cause", nullable=False)
    op.alter_column("refunds", "attempt_id", nullable=True)
    op.drop_constraint(op.f("ck_refunds_amount"), "refunds")
    op.create_check_constraint(
        op.f("ck_refunds_amount"),
        "refunds",
        "CASE WHEN attempt_id IS NULL THEN amount_fen = 0 AND status = 'succeeded'"
        " ELSE amount_fen > 0 END",
    )
    op.create_index(
        "uq_refunds_cause",
        "refunds",
        ["order_id", "cause"],
        unique=True,
        postgresql_where=sa.text("kind = 'order' AND cause <> 'staff'"),
    )


def downgrade() -> None:
    op.drop_index("uq_refunds_cause", table_name="refunds")
    op.drop_constraint(op.f("ck_refunds_amount"), "refunds")
    op.create_check_constraint(op.f("ck_refunds_amount"), "refunds", "amount_fen > 0")
    op.alter_column("refunds", "attempt_id", nullable=False)
    _swap("staff", _STAFF)
    op.drop_column("refunds", "cancellable")
    op.drop_column("refunds", "cause")
