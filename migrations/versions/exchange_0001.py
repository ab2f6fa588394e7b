"""The points mall: items, prices, exchanges, codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "exchange_0001"
down_revision = "points_lockups_0001"
branch_labels = None
depends_on = None

NOW, ZERO, NO = sa.text("clock_timestamp()"), sa.text("0"), sa.text("false")
EMPTY = sa.text("''")
ITEMS, PRICES, ORDERS = "exchange_items", "exchange_prices", "exchange_orders"
BATCHES, CODES = "exchange_code_batches", "exchange_codes"
REPLACEMENTS = "exchange_code_replacements"


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=kwargs.pop("nullable", False), **kwargs)


def small(name: str) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), nullable=True)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=kwargs.pop("nullable", False), **kwargs)


def flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=NO, nullable=False)


def moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def made() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def keyed(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def once(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=f"uq_{table}_{column}")


def upgrade() -> None:
    _items()
    _prices()
    _orders()
    _batches()
    _codes()
    _replacements()


def _items() -> None:
    op.create_table(
        ITEMS,
        big("id", sa.Identity()),
        words("kind"),
        words("name"),
        words("description", server_default=EMPTY),
        big("sku_id"),
        big("reward_rule_id", nullable=True),
        sa.Column("reward", JSONB(none_as_null=True), nullable=True),
        big("stock", server_default=ZERO),
        big("sold", server_default=ZERO),
        big("stock_steps", server_default=ZERO),
        big("low_stock", server_default=ZERO),
        big("limit_units", nullable=True),
        words("limit_period", nullable=True),
        sa.Column("requires", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        words("requires_text", server_default=EMPTY),
        moment("starts_at"),
        moment("ends_at"),
        small("daily_from_min"),
        small("daily_to_min"),
        flag("free_freight"),
        flag("enabled"),
        big("position", server_default=ZERO),
        big("version", server_default=sa.text("1")),
        moment("ended_at"),
        made(),
        check(ITEMS, "kind", "kind IN ('sku', 'reward', 'code')"),
        check(
            ITEMS,
            "reward",
            "(kind = 'reward') = (reward_rule_id IS NOT NULL)"
            " AND (kind = 'reward') = (reward IS NOT NULL)",
        ),
        check(ITEMS, "stock", "sold >= 0 AND stock >= sold"),
        check(ITEMS, "limit_units", "limit_units > 0"),
        check(ITEMS, "limit_period", "limit_period IN ('day', 'week', 'month', 'all')"),
        check(ITEMS, "limit", "(limit_units IS NULL) = (limit_period IS NULL)"),
        check(ITEMS, "window", "ends_at > starts_at"),
        check(
            ITEMS,
            "daily",
            "(daily_from_min IS NULL) = (daily_to_min IS NULL) AND daily_from_min <> daily_to_min"
            " AND daily_from_min BETWEEN 0 AND 1439 AND daily_to_min BETWEEN 0 AND 1440",
        ),
        refers(ITEMS, "sku_id", "skus"),
        refers(ITEMS, "reward_rule_id", "reward_rules"),
        keyed(ITEMS, "id"),
    )
    op.create_index("ix_exchange_items_position_id", ITEMS, ["position", "id"])
    op.create_index(
        "ix_exchange_items_ending",
        ITEMS,
        ["ends_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _prices() -> None:
    op.create_table(
        PRICES,
        big("item_id"),
        moment("from_at", nullable=False),
        big("points"),
        big("cash_fen"),
        check(PRICES, "price", "points > 0 AND cash_fen >= 0"),
        refers(PRICES, "item_id", ITEMS),
        keyed(PRICES, "item_id", "from_at"),
    )


def _orders() -> None:
    op.create_table(
        ORDERS,
        big("order_id"),
        big("item_id"),
        big("user_id"),
        big("units"),
        big("points"),
        sa.Column("reward", JSONB(none_as_null=True), nullable=True),
        big("units_back", server_default=ZERO),
        flag("released"),
        flag("awaits_delivery"),
        made(),
        check(ORDERS, "amounts", "units > 0 AND points > 0"),
        check(ORDERS, "units_back", "units_back BETWEEN 0 AND units"),
        refers(ORDERS, "order_id", "orders"),
        refers(ORDERS, "item_id", ITEMS),
        refers(ORDERS, "user_id", "users"),
        keyed(ORDERS, "order_id"),
    )
    op.create_index(
        "ix_exchange_orders_item_id_user_id", ORDERS, ["item_id", "user_id", "created_at"]
    )
    op.create_index("ix_exchange_orders_user_id", ORDERS, ["user_id"])
    op.create_index(
        "ix_exchange_orders_awaiting",
        ORDERS,
        ["item_id", "created_at"],
        postgresql_where=sa.text("awaits_delivery"),
    )


def _batches() -> None:
    op.create_table(
        BATCHES,
        big("id", sa.Identity()),
        big("item_id"),
        words("name"),
        big("staff_id", nullable=True),
        made(),
        refers(BATCHES, "item_id", ITEMS),
        refers(BATCHES, "staff_id", "staff_members"),
        keyed(BATCHES, "id"),
    )
    op.create_index("ix_exchange_code_batches_item_id_id", BATCHES, ["item_id", "id"])


def _codes() -> None:
    op.create_table(
        CODES,
        big("id", sa.Identity()),
        big("batch_id"),
        big("item_id"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        words("status", server_default=sa.text("'free'")),
        moment("expires_at"),
        big("order_id", nullable=True),
        moment("delivered_at"),
        moment("seen_at"),
        once(CODES, "fingerprint"),
        check(
            CODES, "status", "status IN ('free', 'delivered', 'replaced', 'expired', 'withdrawn')"
        ),
        check(
            CODES,
            "order",
            "(status IN ('delivered', 'replaced')) = (order_id IS NOT NULL)"
            " AND (order_id IS NULL) = (delivered_at IS NULL)",
        ),
        refers(CODES, "batch_id", BATCHES),
        refers(CODES, "item_id", ITEMS),
        refers(CODES, "order_id", "orders"),
        keyed(CODES, "id"),
    )
    op.create_index(
        "uq_exchange_codes_order_id",
        CODES,
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status = 'delivered'"),
    )
    op.create_index(
        "ix_exchange_codes_free",
        CODES,
        ["item_id", "expires_at", "id"],
        postgresql_where=sa.text("status = 'free'"),
    )
    op.create_index("ix_exchange_codes_item_id_id", CODES, ["item_id", "id"])
    op.create_index("ix_exchange_codes_batch_id", CODES, ["batch_id"])


def _replacements() -> None:
    op.create_table(
        REPLACEMENTS,
        big("id", sa.Identity()),
        big("order_id"),
        big("old_code_id"),
        big("new_code_id"),
        words("reason"),
        big("staff_id", nullable=True),
        made(),
        *(once(REPLACEMENTS, column) for column in ("order_id", "old_code_id", "new_code_id")),
        refers(REPLACEMENTS, "order_id", "orders"),
        refers(REPLACEMENTS, "old_code_id", CODES),
        refers(REPLACEMENTS, "new_code_id", CODES),
        refers(REPLACEMENTS, "staff_id", "staff_members"),
        keyed(REPLACEMENTS, "id"),
    )


def downgrade() -> None:
    for table in (REPLACEMENTS, CODES, BATCHES, ORDERS, PRICES, ITEMS):
        op.drop_table(table)
