"""Points at checkout: what lines of orders cost, and SKUs with a cap of their own."""

import sqlalchemy as sa
from alembic import op

revision = "points_checkout_0001"
down_revision = "sharing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "points_spent",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_points_spent"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_points_spent_order_id"),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_spent_points")),
        sa.CheckConstraint(
            "returned BETWEEN 0 AND points", name=op.f("ck_points_spent_returned")
        ),
    )
    op.create_table(
        "points_checkout_caps",
        sa.Column("sku_id", sa.BigInteger(), nullable=False),
        sa.Column("cap_bp", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("sku_id", name="pk_points_checkout_caps"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_points_checkout_caps_sku_id"),
        sa.CheckConstraint(
            "cap_bp BETWEEN 0 AND 10000", name=op.f("ck_points_checkout_caps_cap_bp")
        ),
    )


def downgrade() -> None:
    op.drop_table("points_checkout_caps")
    op.drop_table("points_spent")
