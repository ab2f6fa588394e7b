"""Blind boxes: lotteries that are sold as SKUs, orders of boxes, chances by them."""

import sqlalchemy as sa
from alembic import op

revision = "boxes_0001"
down_revision = "races_0001"
branch_labels = None
depends_on = None

ZERO = sa.text("0")
UNOPENED = "given_at IS NOT NULL AND opened + back < units"
CHANCES = ("lottery_chances", "lottery_chance_entries")


def big(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable, **kwargs)


def made() -> sa.Column:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def by_time(table: str) -> None:
    op.create_index(
        f"ix_{table}_created_at",
        table,
        ["created_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16},
    )


def upgrade() -> None:
    chances()
    boxes()
    orders()
    openings()


def chances() -> None:
    for table in CHANCES:
        op.add_column(table, big("boxed", server_default=ZERO))
    replace("lottery_chances", "chances", "given >= 0 AND bought >= 0 AND boxed >= 0")
    replace("lottery_chance_entries", "moves", "given <> 0 OR bought <> 0 OR boxed <> 0")


def replace(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def boxes() -> None:
    table = "lottery_boxes"
    op.create_table(
        table,
        big("lottery_id"),
        big("sku_id"),
        big("daily_boxes", nullable=True),
        big("taken", server_default=ZERO),
        made(),
        check(table, "taken", "taken >= 0"),
        check(table, "daily_boxes", "daily_boxes > 0"),
        refers(table, "lottery_id", "lotteries.id"),
        refers(table, "sku_id", "skus.id"),
        sa.PrimaryKeyConstraint("lottery_id", name=f"pk_{table}"),
    )
    op.create_index("ix_lottery_boxes_sku_id", table, ["sku_id"])


def orders() -> None:
    table = "box_orders"
    op.create_table(
        table,
        *(big(name) for name in ("order_id", "lottery_id", "user_id", "units")),
        *(big(name, server_default=ZERO) for name in ("opened", "back", "freed", "steps")),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed", sa.Text(), nullable=False),
        made(),
        check(table, "units", "units > 0 AND steps >= 0"),
        check(table, "opened", "opened >= 0 AND back >= 0 AND opened + back <= units"),
        check(table, "given", "given_at IS NOT NULL OR opened + back = 0"),
        check(
            table,
            "freed",
            "freed >= 0 AND freed <= CASE WHEN given_at IS NULL THEN units ELSE back END",
        ),
        refers(table, "order_id", "orders.id"),
        refers(table, "lottery_id", "lottery_boxes.lottery_id"),
        refers(table, "user_id", "users.id"),
        sa.PrimaryKeyConstraint("order_id", name=f"pk_{table}"),
    )
    shopper = ["lottery_id", "user_id", "order_id"]
    op.create_index("ix_box_orders_shopper", table, shopper)
    op.create_index(
        "ix_box_orders_unopened", table, shopper, postgresql_where=sa.text(UNOPENED)
    )
    op.create_index("ix_box_orders_user_id", table, ["user_id"])
    by_time(table)


def openings() -> None:
    table = "box_openings"
    op.create_table(
        table,
        *(big(name) for name in ("lottery_id", "number", "order_id")),
        made(),
        sa.ForeignKeyConstraint(
            ["lottery_id", "number"],
            ["lottery_draws.lottery_id", "lottery_draws.number"],
            name="fk_box_openings_draw",
        ),
        refers(table, "order_id", "box_orders.order_id"),
        sa.PrimaryKeyConstraint("lottery_id", "number", name=f"pk_{table}"),
    )
    op.create_index("ix_box_openings_order_id", table, ["order_id"])
    by_time(table)


def downgrade() -> None:
    for table in ("box_openings", "box_orders", "lottery_boxes"):
        op.drop_table(table)
    replace("lottery_chances", "chances", "given >= 0 AND bought >= 0")
    replace("lottery_chance_entries", "moves", "given <> 0 OR bought <> 0")
    for table in CHANCES:
        op.drop_column(table, "boxed")
