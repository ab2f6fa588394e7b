"""Which units of an after-sale the shopper asked for, and which gifts go along."""

import sqlalchemy as sa
from alembic import op

revision = "aftersales_0003"
down_revision = "uploads_references_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("after_sale_lines", sa.Column("asked", sa.BigInteger, nullable=True))
    # What a gift's units were asked for isn't known any more: they go along.
    op.execute(
        "UPDATE after_sale_lines s SET asked = CASE WHEN l.gift IS NULL THEN s.quantity ELSE 0 END"
        " FROM order_lines l WHERE l.id = s.order_line_id"
    )
    op.alter_column("after_sale_lines", "asked", nullable=False)
    op.drop_constraint("ck_after_sale_lines_quantity", "after_sale_lines")
    op.create_check_constraint(
        op.f("ck_after_sale_lines_quantity"),
        "after_sale_lines",
        "quantity > 0 AND asked BETWEEN 0 AND quantity",
    )


def downgrade() -> None:
    op.drop_constraint("ck_after_sale_lines_quantity", "after_sale_lines")
    op.create_check_constraint(
        op.f("ck_after_sale_lines_quantity"), "after_sale_lines", "quantity > 0"
    )
    op.drop_column("after_sale_lines", "asked")
