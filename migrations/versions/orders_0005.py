"""Indexes of orders by receiver and phone."""

import sqlalchemy as sa

from mall.kernel.migrating import build_index, drop_index

revision = "orders_0005"
down_revision = "orders_0004"
branch_labels = None
depends_on = None

_COLUMNS = ("receiver_index", "phone_index")


def upgrade() -> None:
    for name in _COLUMNS:
        kept = sa.text(f"{name} IS NOT NULL")
        build_index(f"ix_orders_{name}", "orders", [name, "id"], postgresql_where=kept)


def downgrade() -> None:
    for name in _COLUMNS:
        drop_index(f"ix_orders_{name}", "orders")
