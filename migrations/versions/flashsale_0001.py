"""Tables of mall.flashsale."""

import sqlalchemy as sa
from alembic import op

revision = "flashsale_0001"
down_revision = "reconciliation_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ZERO, ONE, TRUE, EMPTY = sa.text("0"), sa.text("1"), sa.text("true"), sa.text("''")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def created() -> sa.Column:
    return moment("created_at", server_default=NOW, nullable=False)


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, **kwargs)


def small(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), nullable=False, **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), **{"nullable": False, **kwargs})


def flag(name: str, default: sa.TextClause) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=default, nullable=False)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    _slots()
    _sessions()
    _items()
    _tickets()
    _shoppers()


def _slots() -> None:
    op.create_table(
        "flash_slots",
        big("id", sa.Identity(), nullable=False),
        words("name"),
        small("starts_minute"),
        small("lasts_min"),
        flag("enabled", TRUE),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_flash_slots"),
        check("flash_slots", "starts_minute", "starts_minute BETWEEN 0 AND 1439"),
        check("flash_slots", "lasts_min", "lasts_min BETWEEN 1 AND 1440"),
    )


def _sessions() -> None:
    table = "flash_sessions"
    op.create_table(
        table,
        big("id", sa.Identity(), nullable=False),
        words("name"),
        words("kind"),
        big("slot_id"),
        moment("starts_at", nullable=False),
        moment("ends_at", nullable=False),
        big("warm_up_s", server_default=sa.text("600"), nullable=False),
        big("limit_per_user"),
        flag("ready", sa.text("false")),
        words("state", server_default=sa.text("'draft'")),
        big("epoch", server_default=ZERO, nullable=False),
        moment("armed_at"),
        moment("ended_at"),
        moment("settled_at"),
        words("abort_paid", nullable=True),
        words("arm_error", nullable=True),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_flash_sessions"),
        refers(table, "slot_id", "flash_slots"),
        check(table, "kind", "kind IN ('timed', 'lucky_bag', 'first_order')"),
        check(table, "state", "state IN ('draft', 'armed', 'paused', 'ended', 'aborted')"),
        check(table, "window", "ends_at > starts_at"),
        check(table, "warm_up_s", "warm_up_s BETWEEN 0 AND 86400"),
        check(table, "limit_per_user", "limit_per_user > 0"),
        check(table, "armed_at", "(state = 'draft') = (armed_at IS NULL)"),
        check(table, "ended_at", "(state IN ('ended', 'aborted')) = (ended_at IS NOT NULL)"),
        check(table, "settled_at", "settled_at IS NULL OR ended_at IS NOT NULL"),
        check(table, "abort_paid", "abort_paid IN ('refund', 'keep')"),
        check(table, "aborted", "(state = 'aborted') = (abort_paid IS NOT NULL)"),
    )
    op.create_index(
        "uq_flash_sessions_slot",
        table,
        ["slot_id", "starts_at"],
        unique=True,
        postgresql_where=sa.text("state <> 'aborted'"),
    )
    op.create_index("ix_flash_sessions_starts_at_id", table, ["starts_at", "id"])
    op.create_index(
        "ix_flash_sessions_unsettled",
        table,
        ["ends_at"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _items() -> None:
    table = "flash_items"
    op.create_table(
        table,
        big("id", sa.Identity(), nullable=False),
        big("session_id", nullable=False),
        big("sku_id", nullable=False),
        big("position", server_default=ZERO, nullable=False),
        big("price_fen", nullable=False),
        big("stock", nullable=False),
        big("limit_per_user", server_default=ONE, nullable=False),
        words("audience", server_default=sa.text("'all'")),
        small("splits", server_default=ONE),
        words("contents", server_default=EMPTY),
        big("sold", server_default=ZERO, nullable=False),
        big("returned", server_default=ZERO, nullable=False),
        moment("sold_out_at"),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_flash_items"),
        refers(table, "session_id", "flash_sessions"),
        refers(table, "sku_id", "skus"),
        sa.UniqueConstraint("session_id", "sku_id", name="uq_flash_items_session_id_sku_id"),
        check(table, "price_fen", "price_fen > 0"),
        check(table, "stock", "stock > 0"),
        check(table, "limit_per_user", "limit_per_user > 0"),
        check(table, "audience", "audience IN ('all', 'new_customers')"),
        check(table, "splits", "splits BETWEEN 1 AND 64"),
        check(table, "units", "sold >= 0 AND returned >= 0 AND sold + returned <= stock"),
    )
    op.create_index("ix_flash_items_sku_id", table, ["sku_id"])


def _tickets() -> None:
    table = "flash_tickets"
    op.create_table(
        table,
        words("ticket"),
        big("item_id", nullable=False),
        big("user_id", nullable=False),
        big("units", nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        words("status"),
        words("reason", nullable=True),
        big("order_id"),
        created(),
        sa.PrimaryKeyConstraint("ticket", name="pk_flash_tickets"),
        refers(table, "item_id", "flash_items"),
        refers(table, "user_id", "users"),
        refers(table, "order_id", "orders"),
        sa.UniqueConstraint("item_id", "user_id", "key_digest", name="uq_flash_tickets_once"),
        sa.UniqueConstraint("order_id", name="uq_flash_tickets_order_id"),
        check(table, "units", "units > 0"),
        check(table, "status", "status IN ('ordered', 'failed', 'released')"),
        check(table, "order", "(status = 'failed') = (order_id IS NULL)"),
    )
    op.create_index("ix_flash_tickets_item_id_status", table, ["item_id", "status"])


def _shoppers() -> None:
    for table, column, to in (
        ("flash_shoppers", "item_id", "flash_items"),
        ("flash_session_shoppers", "session_id", "flash_sessions"),
    ):
        op.create_table(
            table,
            big(column, nullable=False),
            big("user_id", nullable=False),
            big("units", nullable=False),
            sa.PrimaryKeyConstraint(column, "user_id", name=f"pk_{table}"),
            refers(table, column, to),
            refers(table, "user_id", "users"),
            check(table, "units", "units >= 0"),
        )
    op.create_table(
        "flash_reminders",
        big("session_id", nullable=False),
        big("user_id", nullable=False),
        moment("sent_at"),
        created(),
        sa.PrimaryKeyConstraint("session_id", "user_id", name="pk_flash_reminders"),
        refers("flash_reminders", "session_id", "flash_sessions"),
        refers("flash_reminders", "user_id", "users"),
    )


def downgrade() -> None:
    for table in (
        "flash_reminders",
        "flash_session_shoppers",
        "flash_shoppers",
        "flash_tickets",
        "flash_items",
        "flash_sessions",
        "flash_slots",
    ):
        op.drop_table(table)
