"""Sharing: shares, who opened them, the shoppers and orders that they brought, days of sharers."""

import sqlalchemy as sa
from alembic import op

revision = "sharing_0001"
down_revision = "points_till_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def big(name: str, *args: object, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=nullable)


def words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def day() -> sa.Column:
    return sa.Column("day", sa.Date(), nullable=False)


def yes_or_no(name: str, default: str | None = None) -> sa.Column:
    given = None if default is None else sa.text(default)
    return sa.Column(name, sa.Boolean(), server_default=given, nullable=False)


def created() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        "shares",
        big("id", sa.Identity()),
        words("token"),
        big("user_id"),
        words("page_kind"),
        big("page_id"),
        day(),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        foreign("shares", "user_id", "users.id"),
        sa.UniqueConstraint("token", name="uq_shares_token"),
        sa.UniqueConstraint("user_id", "page_kind", "page_id", name="uq_shares_user_id_page"),
    )
    op.create_index("ix_shares_user_id_day", "shares", ["user_id", "day"])
    op.create_table(
        "share_opens",
        big("id", sa.Identity()),
        big("share_id"),
        big("sharer_id"),
        big("opener_id", nullable=True),
        day(),
        sa.Column("opener_since", sa.DateTime(timezone=True), nullable=False),
        yes_or_no("opener_bought"),
        yes_or_no("counted", "false"),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_share_opens"),
        foreign("share_opens", "share_id", "shares.id"),
        foreign("share_opens", "sharer_id", "users.id"),
        foreign("share_opens", "opener_id", "users.id"),
        sa.UniqueConstraint(
            "sharer_id", "opener_id", "day", name="uq_share_opens_sharer_opener_day"
        ),
        sa.CheckConstraint("sharer_id <> opener_id", name=op.f("ck_share_opens_another")),
    )
    op.create_index(
        "uq_share_opens_counted",
        "share_opens",
        ["sharer_id", "opener_id"],
        unique=True,
        postgresql_where=sa.text("counted"),
    )
    op.create_index("ix_share_opens_opener_id", "share_opens", ["opener_id", "created_at"])
    op.create_index("ix_share_opens_share_id", "share_opens", ["share_id"])
    op.create_index("ix_share_opens_day", "share_opens", ["day"])
    op.create_table(
        "share_shoppers",
        big("id", sa.Identity()),
        big("share_id"),
        big("sharer_id"),
        big("opener_id", nullable=True),
        day(),
        yes_or_no("counted", "false"),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_share_shoppers"),
        foreign("share_shoppers", "share_id", "shares.id"),
        foreign("share_shoppers", "sharer_id", "users.id"),
        foreign("share_shoppers", "opener_id", "users.id"),
        sa.UniqueConstraint("opener_id", name="uq_share_shoppers_opener_id"),
        sa.CheckConstraint("sharer_id <> opener_id", name=op.f("ck_share_shoppers_another")),
    )
    op.create_table(
        "share_orders",
        big("order_id"),
        big("share_id"),
        big("sharer_id"),
        day(),
        yes_or_no("first_order"),
        yes_or_no("counted", "false"),
        created(),
        sa.PrimaryKeyConstraint("order_id", name="pk_share_orders"),
        foreign("share_orders", "order_id", "orders.id"),
        foreign("share_orders", "share_id", "shares.id"),
        foreign("share_orders", "sharer_id", "users.id"),
    )
    for table in ("share_shoppers", "share_orders"):
        op.create_index(f"ix_{table}_sharer_id", table, ["sharer_id", "day"])
        op.create_index(f"ix_{table}_share_id", table, ["share_id"])
    op.create_table(
        "share_days",
        big("user_id"),
        day(),
        *(
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
            for name in ("shares", "opens", "shoppers", "orders")
        ),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_share_days"),
        foreign("share_days", "user_id", "users.id"),
        sa.CheckConstraint(
            "shares >= 0 AND opens >= 0 AND shoppers >= 0 AND orders >= 0",
            name=op.f("ck_share_days_counts"),
        ),
    )


def downgrade() -> None:
    for table in ("share_days", "share_orders", "share_shoppers", "share_opens", "shares"):
        op.drop_table(table)
