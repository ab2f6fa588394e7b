"""Prices of unpaid orders that staff changed."""

import sqlalchemy as sa
from alembic import op

revision = "repricing_0001"
down_revision = "users_0003"
branch_labels = None
depends_on = None

AMOUNTS = ("payable_before_fen", "payable_after_fen", "freight_before_fen", "freight_after_fen")


def upgrade() -> None:
    op.create_table(
        "order_price_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in AMOUNTS),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_price_changes"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_price_changes_order_id"
        ),
        sa.CheckConstraint(
            "payable_before_fen > 0 AND payable_after_fen > 0",
            name=op.f("ck_order_price_changes_payable"),
        ),
        sa.CheckConstraint(
            "freight_before_fen >= 0 AND freight_after_fen >= 0",
            name=op.f("ck_order_price_changes_freight"),
        ),
    )
    op.create_index(
        "ix_order_price_changes_order_id_id", "order_price_changes", ["order_id", "id"]
    )
    op.create_index(
        "uq_order_adjustments_staff",
        "order_adjustments",
        ["order_id", "source"],
        unique=True,
        postgresql_where=sa.text("source LIKE 'staff:%'"),
    )


def downgrade() -> None:
    op.drop_index("uq_order_adjustments_staff", table_name="order_adjustments")
    op.drop_table("order_price_changes")
