"""Tables of mall.inventory: stock and its movements."""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0001"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stocks",
        sa.Column("sku_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("put_in", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sellable", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sold", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "sellable >= 0 AND reserved >= 0 AND sold >= 0", name=op.f("ck_stocks_not_negative")
        ),
        sa.CheckConstraint("sellable + reserved + sold = put_in", name=op.f("ck_stocks_adds_up")),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_stocks_sku_id")),
        sa.PrimaryKeyConstraint("sku_id", name=op.f("pk_stocks")),
    )
    # A busy row is updated for every order; room on its page keeps those updates HOT.
    op.execute("ALTER TABLE stocks SET (fillfactor = 50)")
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("sku_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sellable_delta", sa.BigInteger(), nullable=False),
        sa.Column("reserved_delta", sa.BigInteger(), nullable=False),
        sa.Column("sold_delta", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('put_in', 'take_out', 'reserve', 'release', 'sell', 'take_back', 'scrap')",
            name=op.f("ck_stock_movements_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
    )
    op.create_index(
        "uq_stock_movements_once",
        "stock_movements",
        ["ref", "sku_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind IN ('reserve', 'release', 'sell')"),
    )
    op.create_index("ix_stock_movements_sku_id_id", "stock_movements", ["sku_id", "id"])


def downgrade() -> None:
    op.drop_table("stock_movements")
    op.drop_table("stocks")
