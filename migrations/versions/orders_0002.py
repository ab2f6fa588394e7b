"""What a unit cost the shop when it was sold; who could write costs keeps the right to."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0002"
down_revision = "messages_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("cost_fen", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_order_lines_cost"), "order_lines", "cost_fen >= 0")
    op.execute(
        """
        UPDATE staff_roles SET permissions = permissions || ARRAY['catalog:cost']
        WHERE 'catalog:write' = ANY (permissions) AND NOT 'catalog:cost' = ANY (permissions)
        """
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_order_lines_cost"), "order_lines")
    op.drop_column("order_lines", "cost_fen")
    op.execute("UPDATE staff_roles SET permissions = array_remove(permissions, 'catalog:cost')")
