"""Each line of a cart has a slot of its own, so that its limit is exact."""

import sqlalchemy as sa
from alembic import op

revision = "cart_0002"
down_revision = "shipping_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cart_lines", sa.Column("slot", sa.SmallInteger()))
    op.execute(
        """
        UPDATE cart_lines l SET slot = numbered.slot
        FROM (
            SELECT user_id, sku_id,
                row_number() OVER (PARTITION BY user_id ORDER BY created_at, sku_id) AS slot
            FROM cart_lines
        ) numbered
        WHERE l.user_id = numbered.user_id AND l.sku_id = numbered.sku_id
        """
    )
    op.alter_column("cart_lines", "slot", nullable=False)
    op.create_unique_constraint("uq_cart_lines_user_id_slot", "cart_lines", ["user_id", "slot"])
    op.create_check_constraint(op.f("ck_cart_lines_slot"), "cart_lines", "slot > 0")


def downgrade() -> None:
    op.drop_column("cart_lines", "slot")
