"""Orders have a kind, the shopper's choices, a hold, rebates, and an end of everything.

Earlier orders of a flash sale are told by their price's source. Pick-up was an adjustment of
zero; it is a choice now.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "orders_0003"
down_revision = "users_0004"
branch_labels = None
depends_on = None

_FILL = """
UPDATE orders o SET kind = 'flash', choices = jsonb_build_object('flash', split_part(a.source, ':', 2))
FROM order_adjustments a WHERE a.order_id = o.id AND a.source LIKE 'flash:%';
UPDATE orders o SET choices = jsonb_build_object('freight', 'pickup:' || split_part(a.source, ':', 3))
FROM order_adjustments a WHERE a.order_id = o.id AND a.source LIKE 'freight:pickup:%';
DELETE FROM order_adjustments WHERE source LIKE 'freight:pickup:%' AND amount_fen = 0;
UPDATE order_lines l SET rebated_fen = r.fen, refunded_fen = l.refunded_fen - r.fen
FROM (
    SELECT rl.order_line_id AS id, sum(rl.amount_fen) AS fen
    FROM refund_lines rl JOIN refunds r ON r.id = rl.refund_id
    WHERE rl.quantity = 0 AND r.status <> 'canceled' GROUP BY rl.order_line_id
) r WHERE l.id = r.id;
"""


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def upgrade() -> None:
    op.add_column("orders", sa.Column("kind", sa.Text(), server_default="normal", nullable=False))
    op.add_column("orders", sa.Column("choices", JSONB(), server_default="{}", nullable=False))
    op.add_column(
        "orders", sa.Column("may_be_free", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("orders", sa.Column("hold_reason", sa.Text()))
    op.add_column("orders", sa.Column("settled_at", sa.DateTime(timezone=True)))
    op.alter_column("orders", "address_sealed", nullable=True)
    op.add_column(
        "order_lines",
        sa.Column("rebated_fen", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(_FILL)
    _check(
        "orders",
        "amounts",
        "payable_fen = goods_fen - discount_fen + freight_fen"
        " AND (payable_fen > 0 OR payable_fen = 0 AND may_be_free)"
        " AND discount_fen >= 0 AND freight_fen >= 0",
    )
    _check("orders", "paid", "paid_fen = CASE WHEN paid_at IS NULL THEN 0 ELSE payable_fen END")
    op.create_check_constraint(
        op.f("ck_orders_hold"), "orders", "hold_reason IS NULL OR status IN ('unpaid', 'paid')"
    )
    op.create_check_constraint(
        op.f("ck_orders_settled"), "orders", "settled_at IS NULL OR status = 'completed'"
    )
    _check(
        "order_lines",
        "refunded",
        "refunded_fen >= 0 AND rebated_fen >= 0 AND refunded_fen + rebated_fen <= payable_fen",
    )
    op.create_index(
        "ix_orders_to_ship",
        "orders",
        ["id"],
        postgresql_where=sa.text("status = 'paid' AND hold_reason IS NULL"),
    )
    op.create_index(
        "ix_orders_held", "orders", ["id"], postgresql_where=sa.text("hold_reason IS NOT NULL")
    )
    op.create_index(
        "ix_orders_unsettled",
        "orders",
        ["completed_at"],
        postgresql_where=sa.text("status = 'completed' AND settled_at IS NULL"),
    )


def downgrade() -> None:
    for name in ("ix_orders_unsettled", "ix_orders_held", "ix_orders_to_ship"):
        op.drop_index(name, table_name="orders")
    op.execute("UPDATE order_lines SET refunded_fen = refunded_fen + rebated_fen")
    _check("order_lines", "refunded", "refunded_fen BETWEEN 0 AND payable_fen")
    op.drop_column("order_lines", "rebated_fen")
    for name in ("settled", "hold"):
        op.drop_constraint(op.f(f"ck_orders_{name}"), "orders")
    _check("orders", "paid", "paid_fen IN (0, payable_fen)")
    _check(
        "orders",
        "amounts",
        "payable_fen = goods_fen - discount_fen + freight_fen AND payable_fen > 0"
        " AND discount_fen >= 0 AND freight_fen >= 0",
    )
    op.alter_column("orders", "address_sealed", nullable=False)
    for name in ("settled_at", "hold_reason", "may_be_free", "choices", "kind"):
        op.drop_column("orders", name)
