"""Orders are found by receiver and phone: keyed fingerprints beside the sealed address.

Orders placed before have none: only the running mall holds the key.
"""

import sqlalchemy as sa
from alembic import op

revision = "orders_0004"
down_revision = "payments_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("receiver_index", sa.LargeBinary))
    op.add_column("orders", sa.Column("phone_index", sa.LargeBinary))
    op.create_check_constraint(
        op.f("ck_orders_address_indexed"),
        "orders",
        "num_nulls(receiver_index, phone_index) IN (0, 2)"
        " AND (receiver_index IS NULL OR address_sealed IS NOT NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_orders_address_indexed"), "orders")
    op.drop_column("orders", "receiver_index")
    op.drop_column("orders", "phone_index")
