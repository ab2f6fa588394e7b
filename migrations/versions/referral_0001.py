"""Signed shares of shoppers and channels by medium; bindings; attributions in place of share_orders."""

import sqlalchemy as sa
from alembic import op

revision = "referral_0001"
down_revision = "promoters_0002"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
OF_CHANNEL = sa.text("channel_id IS NOT NULL")


def big(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def moment(name: str, *, nullable: bool = True, default: sa.TextClause | None = None) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=default, nullable=nullable
    )


def upgrade() -> None:
    op.create_index(
        "ix_users_unionid", "users", ["unionid"], postgresql_where=sa.text("unionid IS NOT NULL")
    )
    _alter_shares()
    op.drop_table("share_orders")
    _create_bindings()
    _create_attributions()


def _alter_shares() -> None:
    op.alter_column("shares", "user_id", nullable=True)
    op.add_column("shares", big("channel_id", nullable=True))
    op.add_column(
        "shares", sa.Column("medium", sa.Text(), server_default=sa.text("'card'"), nullable=False)
    )
    op.add_column(
        "shares",
        sa.Column("orders", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("shares", moment("expires_at"))
    op.drop_constraint("uq_shares_user_id_page", "shares")
    op.create_unique_constraint(
        "uq_shares_owner_page",
        "shares",
        ["user_id", "channel_id", "page_kind", "page_id", "medium"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_check_constraint(
        op.f("ck_shares_owner"), "shares", "num_nonnulls(user_id, channel_id) = 1"
    )
    op.create_check_constraint(op.f("ck_shares_orders"), "shares", "orders >= 0")
    op.create_index("ix_shares_channel_id", "shares", ["channel_id"], postgresql_where=OF_CHANNEL)
    op.execute(
        "UPDATE shares s SET orders ="
        " (SELECT count(*) FROM share_orders b WHERE b.share_id = s.id AND b.counted)"
    )
    for table in ("share_opens", "share_shoppers"):
        op.alter_column(table, "sharer_id", nullable=True)
        op.add_column(table, big("channel_id", nullable=True))
        op.create_check_constraint(
            op.f(f"ck_{table}_owner"), table, "num_nonnulls(sharer_id, channel_id) = 1"
        )
    op.create_index(
        "ix_share_shoppers_channel_id",
        "share_shoppers",
        ["channel_id", "day"],
        postgresql_where=OF_CHANNEL,
    )
    op.add_column("share_opens", moment("last_at", nullable=False, default=NOW))
    op.execute("UPDATE share_opens SET last_at = created_at")
    op.create_index(
        "uq_share_opens_channel_opener_day",
        "share_opens",
        ["channel_id", "opener_id", "day"],
        unique=True,
        postgresql_where=OF_CHANNEL,
    )
    op.drop_index("uq_share_opens_counted", "share_opens")
    op.create_index(
        "uq_share_opens_counted",
        "share_opens",
        ["sharer_id", "opener_id"],
        unique=True,
        postgresql_where=sa.text("counted AND sharer_id IS NOT NULL"),
    )


def _create_bindings() -> None:
    table = "referral_bindings"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        big("inviter_id"),
        big("invitee_id"),
        big("share_id", nullable=True),
        moment("bound_at", nullable=False),
        moment("expires_at"),
        moment("ended_at"),
        sa.Column("end_reason", sa.Text()),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        big("staff_id", nullable=True),
        moment("created_at", nullable=False, default=NOW),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_bindings")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in (
                ("inviter_id", "users.id"),
                ("invitee_id", "users.id"),
                ("staff_id", "staff_members.id"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name=op.f(f"fk_{table}_share_id"), ondelete="SET NULL"
        ),
        sa.CheckConstraint("inviter_id <> invitee_id", name=op.f(f"ck_{table}_another")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL)"
            " AND end_reason IN ('expired', 'replaced', 'staff', 'closed')",
            name=op.f(f"ck_{table}_ended"),
        ),
    )
    op.create_index(
        "uq_referral_bindings_open",
        table,
        ["invitee_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_referral_bindings_inviter_id", table, ["inviter_id", "id"])
    op.create_index("ix_referral_bindings_invitee_id", table, ["invitee_id", "id"])
    op.create_index("ix_referral_bindings_share_id", table, ["share_id"])
    op.create_index(
        "ix_referral_bindings_expires_at",
        table,
        ["expires_at"],
        postgresql_where=sa.text("ended_at IS NULL AND expires_at IS NOT NULL"),
    )


def _create_attributions() -> None:
    table = "order_attributions"
    op.create_table(
        table,
        big("order_id"),
        big("user_id"),
        big("share_id", nullable=True),
        big("channel_id", nullable=True),
        big("inviter_id", nullable=True),
        big("binding_id", nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("first_order", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("created_at", nullable=False, default=NOW),
        sa.PrimaryKeyConstraint("order_id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in (
                ("order_id", "orders.id"),
                ("user_id", "users.id"),
                ("inviter_id", "users.id"),
                ("binding_id", "referral_bindings.id"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name=op.f(f"fk_{table}_share_id"), ondelete="SET NULL"
        ),
        sa.CheckConstraint(
            "rule IN ('last_touch', 'first_touch', 'binding')", name=op.f(f"ck_{table}_rule")
        ),
        sa.CheckConstraint(
            "num_nonnulls(inviter_id, channel_id) = 1", name=op.f(f"ck_{table}_owner")
        ),
        sa.CheckConstraint("inviter_id <> user_id", name=op.f(f"ck_{table}_another")),
    )
    op.create_index("ix_order_attributions_user_id", table, ["user_id", "order_id"])
    op.create_index("ix_order_attributions_inviter_id", table, ["inviter_id", "order_id"])
    op.create_index("ix_order_attributions_binding_id", table, ["binding_id", "order_id"])
    op.create_index("ix_order_attributions_share_id", table, ["share_id"])
    op.create_index(
        "ix_order_attributions_channel_id",
        table,
        ["channel_id", "order_id"],
        postgresql_where=OF_CHANNEL,
    )
    op.create_index(
        "ix_order_attributions_day", table, ["day"], postgresql_using="brin"
    )


def downgrade() -> None:
    """Back to shares of shoppers by one medium, and orders of shares: what channels brought goes."""
    op.create_table(
        "share_orders",
        big("order_id"),
        big("share_id"),
        big("sharer_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_order", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("created_at", nullable=False, default=NOW),
        sa.PrimaryKeyConstraint("order_id", name="pk_share_orders"),
        *(
            sa.ForeignKeyConstraint([column], [target], name=f"fk_share_orders_{column}")
            for column, target in (
                ("order_id", "orders.id"),
                ("share_id", "shares.id"),
                ("sharer_id", "users.id"),
            )
        ),
    )
    op.execute(
        "INSERT INTO share_orders"
        " SELECT order_id, share_id, inviter_id, day, first_order, counted, created_at"
        " FROM order_attributions WHERE share_id IS NOT NULL AND inviter_id IS NOT NULL"
    )
    op.create_index("ix_share_orders_sharer_id", "share_orders", ["sharer_id", "day"])
    op.create_index("ix_share_orders_share_id", "share_orders", ["share_id"])
    op.create_index("ix_share_orders_day", "share_orders", ["day"], postgresql_using="brin")
    op.drop_table("order_attributions")
    op.drop_table("referral_bindings")
    _restore_shares()
    op.drop_index("ix_users_unionid", "users")


def _restore_shares() -> None:
    op.drop_index("uq_share_opens_channel_opener_day", "share_opens")
    op.drop_index("uq_share_opens_counted", "share_opens")
    op.drop_column("share_opens", "last_at")
    op.drop_index("ix_share_shoppers_channel_id", "share_shoppers")
    for table in ("share_opens", "share_shoppers"):
        op.drop_constraint(op.f(f"ck_{table}_owner"), table)
        op.execute(f"DELETE FROM {table} WHERE channel_id IS NOT NULL")
        op.drop_column(table, "channel_id")
        op.alter_column(table, "sharer_id", nullable=False)
    op.create_index(
        "uq_share_opens_counted",
        "share_opens",
        ["sharer_id", "opener_id"],
        unique=True,
        postgresql_where=sa.text("counted"),
    )
    op.drop_index("ix_shares_channel_id", "shares")
    op.drop_constraint(op.f("ck_shares_owner"), "shares")
    op.drop_constraint(op.f("ck_shares_orders"), "shares")
    op.drop_constraint("uq_shares_owner_page", "shares")
    op.execute("DELETE FROM shares WHERE channel_id IS NOT NULL OR medium <> 'card'")
    op.create_unique_constraint(
        "uq_shares_user_id_page", "shares", ["user_id", "page_kind", "page_id"]
    )
    for column in ("channel_id", "medium", "orders", "expires_at"):
        op.drop_column("shares", column)
    op.alter_column("shares", "user_id", nullable=False)
