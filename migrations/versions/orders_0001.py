"""Tables of mall.orders: orders, lines, adjustments, history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0001"
down_revision = "cart_0001"
branch_labels = None
depends_on = None


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _created() -> sa.Column:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _order_id(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f(f"fk_{table}_order_id"))
    return _number("order_id"), key


def upgrade() -> None:
    _create_orders()
    op.create_table(
        "order_lines",
        _id(),
        *_order_id("order_lines"),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        _number("sku_id"),
        _number("spu_id"),
        _text("sku_code"),
        _text("name"),
        _text("spec_text"),
        _text("image"),
        _number("price_fen"),
        _number("quantity"),
        _number("total_fen"),
        _count("adjusted_fen"),
        _number("payable_fen"),
        _count("shipped_quantity"),
        _count("restocked_quantity"),
        _count("returned_quantity"),
        _count("refunded_quantity"),
        _count("refunded_fen"),
        sa.Column("gift", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "quantity > 0 AND total_fen = price_fen * quantity", name=op.f("ck_order_lines_total")
        ),
        sa.CheckConstraint(
            "payable_fen = total_fen + adjusted_fen AND payable_fen >= 0",
            name=op.f("ck_order_lines_payable"),
        ),
        sa.CheckConstraint(
            "refunded_quantity BETWEEN 0 AND quantity",
            name=op.f("ck_order_lines_refunded_quantity"),
        ),
        sa.CheckConstraint(
            "refunded_fen BETWEEN 0 AND payable_fen", name=op.f("ck_order_lines_refunded")
        ),
        sa.CheckConstraint(
            "shipped_quantity >= 0 AND restocked_quantity >= 0"
            " AND shipped_quantity + restocked_quantity <= quantity",
            name=op.f("ck_order_lines_units"),
        ),
        sa.CheckConstraint(
            "returned_quantity BETWEEN 0 AND shipped_quantity",
            name=op.f("ck_order_lines_returned"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint(
            "order_id", "position", name=op.f("uq_order_lines_order_id_position")
        ),
    )
    op.create_index("ix_order_lines_sku_id_order_id", "order_lines", ["sku_id", "order_id"])
    op.create_table(
        "order_adjustments",
        _id(),
        *_order_id("order_adjustments"),
        _text("lane"),
        _text("source"),
        _text("label"),
        _number("amount_fen"),
        sa.Column("shares", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_adjustments")),
    )
    op.create_index("ix_order_adjustments_order_id", "order_adjustments", ["order_id"])
    op.create_table(
        "order_transitions",
        _id(),
        *_order_id("order_transitions"),
        sa.Column("from_status", sa.Text(), nullable=True),
        _text("to_status"),
        _text("cause"),
        _created(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_transitions")),
    )
    op.create_index("ix_order_transitions_order_id_id", "order_transitions", ["order_id", "id"])


def _create_orders() -> None:
    op.create_table(
        "orders",
        _id(),
        _text("order_no"),
        _number("user_id"),
        _text("status"),
        _number("goods_fen"),
        _number("discount_fen"),
        _number("freight_fen"),
        _number("payable_fen"),
        _count("paid_fen"),
        _count("refunding_fen"),
        _count("refunded_fen"),
        _count("freight_refunded_fen"),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        _text("region_code"),
        sa.Column("remark", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("staff_note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("replaces_order_id", sa.BigInteger(), nullable=True),
        _moment("expires_at", nullable=False),
        _moment("paid_at"),
        _moment("shipped_at"),
        _moment("auto_confirm_at"),
        _moment("completed_at"),
        _moment("closed_at"),
        _created(),
        sa.CheckConstraint(
            "status IN ('unpaid', 'paid', 'shipped', 'completed', 'closed')",
            name=op.f("ck_orders_status"),
        ),
        sa.CheckConstraint(
            "payable_fen = goods_fen - discount_fen + freight_fen AND payable_fen > 0"
            " AND discount_fen >= 0 AND freight_fen >= 0",
            name=op.f("ck_orders_amounts"),
        ),
        sa.CheckConstraint("paid_fen IN (0, payable_fen)", name=op.f("ck_orders_paid")),
        sa.CheckConstraint(
            "refunding_fen >= 0 AND refunded_fen >= 0"
            " AND refunding_fen + refunded_fen <= paid_fen",
            name=op.f("ck_orders_refunds"),
        ),
        sa.CheckConstraint(
            "freight_refunded_fen BETWEEN 0 AND freight_fen",
            name=op.f("ck_orders_freight_refunds"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_orders_user_id")),
        sa.ForeignKeyConstraint(
            ["replaces_order_id"], ["orders.id"], name=op.f("fk_orders_replaces_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("order_no", name=op.f("uq_orders_order_no")),
        sa.UniqueConstraint("replaces_order_id", name=op.f("uq_orders_replaces_order_id")),
    )
    op.create_index("ix_orders_user_id_id", "orders", ["user_id", "id"])
    op.create_index("ix_orders_status_id", "orders", ["status", "id"])
    op.create_index("ix_orders_created_at", "orders", ["created_at"])
    op.create_index(
        "ix_orders_expires_at",
        "orders",
        ["expires_at"],
        postgresql_where=sa.text("status = 'unpaid'"),
    )
    op.create_index(
        "ix_orders_auto_confirm_at",
        "orders",
        ["auto_confirm_at"],
        postgresql_where=sa.text("status = 'shipped'"),
    )


def downgrade() -> None:
    op.drop_table("order_transitions")
    op.drop_table("order_adjustments")
    op.drop_table("order_lines")
    op.drop_table("orders")
