"""Statements of WeChat that contradict our books: of which order, and how they were settled."""

import sqlalchemy as sa
from alembic import op

revision = "payments_0005"
down_revision = "payments_0004"
branch_labels = None
depends_on = None

TABLE = "payment_discrepancies"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("order_id", sa.BigInteger, nullable=True))
    op.add_column(TABLE, sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(TABLE, sa.Column("resolution", sa.Text, nullable=True))
    op.add_column(TABLE, sa.Column("resolved_by", sa.BigInteger, nullable=True))
    op.create_foreign_key(
        "fk_payment_discrepancies_order_id", TABLE, "orders", ["order_id"], ["id"]
    )
    op.create_foreign_key(
        "fk_payment_discrepancies_resolved_by", TABLE, "staff_members", ["resolved_by"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_payment_discrepancies_resolution"),
        TABLE,
        "(resolved_at IS NULL) = (resolution IS NULL)",
    )
    op.create_index(
        "ix_payment_discrepancies_order_id",
        TABLE,
        ["order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_payment_discrepancies_open",
        TABLE,
        ["number"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_discrepancies_open", table_name=TABLE)
    op.drop_index("ix_payment_discrepancies_order_id", table_name=TABLE)
    op.drop_constraint(op.f("ck_payment_discrepancies_resolution"), TABLE)
    for column in ("resolved_by", "resolution", "resolved_at", "order_id"):
        op.drop_column(TABLE, column)
