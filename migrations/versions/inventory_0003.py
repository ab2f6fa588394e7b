"""Closings of stock: what a SKU's movements came to at the end of a day."""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0003"
down_revision = "kernel_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_closings",
        sa.Column("sku_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("movement_id", sa.BigInteger(), nullable=False),
        sa.Column("sellable", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_stock_closings_sku_id")),
        sa.PrimaryKeyConstraint("sku_id", name=op.f("pk_stock_closings")),
    )


def downgrade() -> None:
    op.drop_table("stock_closings")
