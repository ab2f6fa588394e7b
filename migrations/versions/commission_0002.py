"""Commission: plans with their rates, whom an order pays, its lines."""

import sqlalchemy as sa
from alembic import op

revision = "commission_0002"
down_revision = "boards_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ZERO = sa.text("0")


def row_id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **kwargs)


def words(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable, **kwargs)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def created() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def plans() -> None:
    op.create_table(
        "commission_plans",
        number("version", autoincrement=False),
        words("name"),
        created(),
        sa.CheckConstraint("version > 0", name="version"),
        sa.PrimaryKeyConstraint("version", name="pk_commission_plans"),
    )
    op.create_table(
        "commission_rates",
        row_id(),
        number("version"),
        words("scope"),
        number("scope_id", server_default=ZERO),
        number("level_id", nullable=True),
        number("rate_bp"),
        number("second_bp", server_default=ZERO),
        sa.CheckConstraint("scope IN ('all', 'category', 'sku')", name="scope"),
        sa.CheckConstraint("(scope = 'all') = (scope_id = 0)", name="scope_id"),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        sa.CheckConstraint("second_bp BETWEEN 0 AND 10000", name="second"),
        sa.CheckConstraint("rate_bp + second_bp <= 10000", name="both"),
        reference("commission_rates", "version", "commission_plans.version"),
        reference("commission_rates", "level_id", "promoter_levels.id"),
        sa.PrimaryKeyConstraint("id", name="pk_commission_rates"),
        sa.UniqueConstraint(
            "version",
            "scope",
            "scope_id",
            "level_id",
            name="uq_commission_rates_place",
            postgresql_nulls_not_distinct=True,
        ),
    )


def orders() -> None:
    op.create_table(
        "commission_orders",
        number("order_id", autoincrement=False),
        number("version", nullable=True),
        words("reason", nullable=True),
        created(),
        reference("commission_orders", "order_id", "orders.id"),
        reference("commission_orders", "version", "commission_plans.version"),
        sa.PrimaryKeyConstraint("order_id", name="pk_commission_orders"),
    )
    op.create_index(
        "ix_commission_orders_created_at",
        "commission_orders",
        ["created_at"],
        postgresql_using="brin",
    )


def lines() -> None:
    op.create_table(
        "commission_lines",
        row_id(),
        number("order_id"),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        number("promoter_id"),
        number("binding_id", nullable=True),
        number("upper_binding_id", nullable=True),
        number("rate_bp"),
        number("base_fen"),
        number("back_fen", server_default=ZERO),
        number("amount_fen"),
        number("reversed_fen", server_default=ZERO),
        words("status", server_default=sa.text("'pending'")),
        words("void_reason", nullable=True),
        words("waits", nullable=True),
        moment("due_at"),
        moment("look_at"),
        moment("settled_at"),
        created(),
        sa.CheckConstraint("level IN (1, 2)", name="level"),
        sa.CheckConstraint(
            "rate_bp BETWEEN 1 AND 10000 AND amount_fen = base_fen * rate_bp / 10000"
            " AND amount_fen > 0",
            name="amount",
        ),
        sa.CheckConstraint("back_fen BETWEEN 0 AND base_fen", name="back"),
        sa.CheckConstraint(
            "reversed_fen = CASE status WHEN 'void' THEN amount_fen"
            " ELSE amount_fen - (base_fen - back_fen) * rate_bp / 10000 END",
            name="reversed",
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'pending' THEN reversed_fen < amount_fen AND settled_at IS NULL"
            " WHEN 'settled' THEN reversed_fen < amount_fen AND settled_at IS NOT NULL"
            " WHEN 'reversed' THEN reversed_fen = amount_fen"
            " WHEN 'void' THEN void_reason IS NOT NULL ELSE false END",
            name="status",
        ),
        sa.CheckConstraint("(void_reason IS NULL) = (status <> 'void')", name="void"),
        reference("commission_lines", "order_id", "commission_orders.order_id"),
        reference("commission_lines", "promoter_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_commission_lines"),
        sa.UniqueConstraint("order_id", "position", "level", name="uq_commission_lines_place"),
    )
    for name, columns in {
        "ix_commission_lines_promoter_id_id": ["promoter_id", "id"],
        "ix_commission_lines_binding_id": ["binding_id"],
        "ix_commission_lines_upper_binding_id": ["upper_binding_id"],
    }.items():
        op.create_index(name, "commission_lines", columns)
    op.create_index(
        "ix_commission_lines_look_at",
        "commission_lines",
        ["look_at", "id"],
        postgresql_where=sa.text("status = 'pending' AND look_at IS NOT NULL"),
    )
    op.create_index(
        "ix_commission_lines_created_at", "commission_lines", ["created_at"], postgresql_using="brin"
    )


def upgrade() -> None:
    plans()
    orders()
    lines()


def downgrade() -> None:
    for table in ("lines", "orders", "rates", "plans"):
        op.drop_table(f"commission_{table}")
