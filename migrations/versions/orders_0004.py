"""Orders are found by receiver and phone: keyed fingerprints beside the sealed address.

Orders placed before have none: only the running mall holds the key.
"""

import sqlalchemy as sa
from alembic import op

revision = "orders_0004"
down_revision = "payments_0008"
branch_labels = None
depends_on = None

_COLUMNS = ("receiver_index", "phone_index")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("orders", sa.Column(name, sa.LargeBinary))
        op.create_index(
            f"ix_orders_{name}",
            "orders",
            [name, "id"],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_check_constraint(
        op.f("ck_orders_address_indexed"),
        "orders",
        "num_nulls(receiver_index, phone_index) IN (0, 2)"
        " AND (receiver_index IS NULL OR address_sealed IS NOT NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_orders_address_indexed"), "orders")
    for name in _COLUMNS:
        op.drop_index(f"ix_orders_{name}", table_name="orders")
        op.drop_column("orders", name)
