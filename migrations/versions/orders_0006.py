"""Orders of rare kinds are found by an index."""

from sqlalchemy import text

from mall.kernel.migrating import build_index, drop_index

revision = "orders_0006"
down_revision = "promotions_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_index(
        "ix_orders_kind_id", "orders", ["kind", "id"], postgresql_where=text("kind <> 'normal'")
    )


def downgrade() -> None:
    drop_index("ix_orders_kind_id", "orders")
