"""Tables of promotions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "promotions_0001"
down_revision = "messages_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ZERO = sa.text("0")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def number(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), **kwargs)


def upgrade() -> None:
    op.create_table(
        "promotions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("scope", postgresql.JSONB(), nullable=False),
        moment("starts_at", nullable=False),
        moment("ends_at", nullable=False),
        sa.Column("exclusive_group", sa.Text()),
        sa.Column("stacks_with", postgresql.ARRAY(sa.Text())),
        sa.Column("new_customers_only", sa.Boolean(), nullable=False),
        number("budget_fen"),
        number("max_orders"),
        number("gift_stock"),
        number("shopper_budget_fen"),
        number("shopper_max_orders"),
        sa.Column("paused", sa.Text()),
        number("spent_fen", server_default=ZERO, nullable=False),
        number("orders", server_default=ZERO, nullable=False),
        number("gifts_given", server_default=ZERO, nullable=False),
        number("version", server_default=sa.text("1"), nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promotions"),
        sa.CheckConstraint(
            "kind IN ('amount_off', 'units_percent', 'units_free', 'bundle', 'gift', 'percent',"
            " 'fixed_prices', 'free_freight')",
            name=op.f("ck_promotions_kind"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_promotions_times")),
        sa.CheckConstraint("paused IN ('staff', 'budget')", name=op.f("ck_promotions_paused")),
        sa.CheckConstraint(
            "spent_fen >= 0 AND spent_fen <= budget_fen", name=op.f("ck_promotions_budget_fen")
        ),
        sa.CheckConstraint(
            "orders >= 0 AND orders <= max_orders", name=op.f("ck_promotions_max_orders")
        ),
        sa.CheckConstraint(
            "gifts_given >= 0 AND gifts_given <= gift_stock",
            name=op.f("ck_promotions_gift_stock"),
        ),
        sa.CheckConstraint(
            "(kind = 'gift') = (gift_stock IS NOT NULL)", name=op.f("ck_promotions_gift_kind")
        ),
    )
    op.create_index(
        "ix_promotions_ends_at",
        "promotions",
        ["ends_at"],
        postgresql_where=sa.text("paused IS NULL"),
    )
    op.create_table(
        "promotion_shoppers",
        number("promotion_id", nullable=False),
        number("user_id", nullable=False),
        number("spent_fen", nullable=False),
        number("orders", nullable=False),
        sa.PrimaryKeyConstraint("promotion_id", "user_id", name="pk_promotion_shoppers"),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name="fk_promotion_shoppers_promotion_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_promotion_shoppers_user_id"),
        sa.CheckConstraint(
            "spent_fen >= 0 AND orders >= 0", name=op.f("ck_promotion_shoppers_counts")
        ),
    )
    op.create_table(
        "promotion_uses",
        number("order_id", nullable=False),
        number("promotion_id", nullable=False),
        number("user_id", nullable=False),
        number("amount_fen", nullable=False),
        number("gift_units", server_default=ZERO, nullable=False),
        moment("given_back_at"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "promotion_id", name="pk_promotion_uses"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_promotion_uses_order_id"),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name="fk_promotion_uses_promotion_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_promotion_uses_user_id"),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_promotion_uses_amount_fen")),
        sa.CheckConstraint("gift_units >= 0", name=op.f("ck_promotion_uses_gift_units")),
    )
    op.create_index("ix_promotion_uses_promotion_id", "promotion_uses", ["promotion_id"])


def downgrade() -> None:
    for table in ("promotion_uses", "promotion_shoppers", "promotions"):
        op.drop_table(table)
