"""After-sales: applications, their lines and steps, the return address, dispute notes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "aftersales_0001"
down_revision = "freight_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "after_sales",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("after_sale_no", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("unsent", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("offer_fen", sa.BigInteger(), nullable=True),
        sa.Column("refund_fen", sa.BigInteger(), nullable=True),
        sa.Column("refund_no", sa.Text(), nullable=True),
        sa.Column("return_address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("return_carrier", sa.Text(), nullable=True),
        sa.Column("return_tracking_no", sa.Text(), nullable=True),
        sa.Column("resellable", sa.Boolean(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(due_at IS NOT NULL) = (status IN ('applied', 'offered', 'returning', 'returned'))",
            name=op.f("ck_after_sales_due"),
        ),
        sa.CheckConstraint(
            "(refund_no IS NULL) = (refund_fen IS NULL) AND (status NOT IN ('refunding', 'refunded') OR refund_no IS NOT NULL)",
            name=op.f("ck_after_sales_refund"),
        ),
        sa.CheckConstraint(
            "kind IN ('refund_only', 'return_and_refund')", name=op.f("ck_after_sales_kind")
        ),
        sa.CheckConstraint(
            "status IN ('applied', 'offered', 'returning', 'returned', 'refunding', 'refunded', 'refused', 'canceled')",
            name=op.f("ck_after_sales_status"),
        ),
        sa.CheckConstraint(
            "goods_fen >= 0 AND freight_fen >= 0", name=op.f("ck_after_sales_amounts")
        ),
        sa.CheckConstraint("offer_fen BETWEEN 1 AND goods_fen", name=op.f("ck_after_sales_offer")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_after_sales_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_after_sales_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_after_sales")),
        sa.UniqueConstraint("after_sale_no", name="uq_after_sales_after_sale_no"),
        sa.UniqueConstraint("refund_no", name="uq_after_sales_refund_no"),
    )
    op.create_index(
        "ix_after_sales_due_at",
        "after_sales",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_after_sales_order_id", "after_sales", ["order_id"], unique=False)
    op.create_index("ix_after_sales_status_id", "after_sales", ["status", "id"], unique=False)
    op.create_index("ix_after_sales_user_id_id", "after_sales", ["user_id", "id"], unique=False)
    op.create_table(
        "after_sale_lines",
        sa.Column("after_sale_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("share_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_fen BETWEEN 0 AND share_fen", name=op.f("ck_after_sale_lines_amount")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_after_sale_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["after_sale_id"], ["after_sales.id"], name=op.f("fk_after_sale_lines_after_sale_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_after_sale_lines_order_line_id")
        ),
        sa.PrimaryKeyConstraint("after_sale_id", "order_line_id", name=op.f("pk_after_sale_lines")),
    )
    op.create_index(
        "ix_after_sale_lines_order_line_id", "after_sale_lines", ["order_line_id"], unique=False
    )
    op.create_table(
        "after_sale_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("after_sale_id", sa.BigInteger(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "actor IN ('shopper', 'staff', 'time', 'wechat')",
            name=op.f("ck_after_sale_steps_actor"),
        ),
        sa.ForeignKeyConstraint(
            ["after_sale_id"], ["after_sales.id"], name=op.f("fk_after_sale_steps_after_sale_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_after_sale_steps")),
    )
    op.create_index(
        "ix_after_sale_steps_after_sale_id_id",
        "after_sale_steps",
        ["after_sale_id", "id"],
        unique=False,
    )
    op.create_table(
        "return_addresses",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_return_addresses_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_addresses")),
    )
    op.create_table(
        "dispute_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_dispute_notes_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_dispute_notes_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_notes")),
    )
    op.create_index(
        "ix_dispute_notes_order_id_id", "dispute_notes", ["order_id", "id"], unique=False
    )


def downgrade() -> None:
    for table in (
        "dispute_notes",
        "return_addresses",
        "after_sale_steps",
        "after_sale_lines",
        "after_sales",
    ):
        op.drop_table(table)
