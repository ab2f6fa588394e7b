"""Channels that staff make, their costs and codes; coupons by a channel, and at a counter."""

import sqlalchemy as sa
from alembic import op

revision = "channels_0001"
down_revision = "payouts_0002"
branch_labels = None
depends_on = None


def big(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=kwargs.pop("nullable", False), **kwargs)


def words(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column:
    by = None if default is None else sa.text(f"'{default}'")
    return sa.Column(name, sa.Text(), server_default=by, nullable=nullable)


def when(name: str, **kwargs: object) -> sa.Column:
    nullable = kwargs.pop("nullable", True)
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


CREATED = {"server_default": sa.text("clock_timestamp()"), "nullable": False}
NAMED_IN = ("shares", "share_opens", "share_shoppers", "order_attributions")
WAYS = "way IN ('public', 'code', 'reward'{})"
STATUSES = "status IN ('available', 'locked', 'used', 'revoked'{})"


def upgrade() -> None:
    _channels()
    _costs()
    _pictures()
    for table in NAMED_IN:
        op.create_foreign_key(
            f"fk_{table}_channel_id", table, "share_channels", ["channel_id"], ["id"]
        )
    _coupons(", 'channel'", ", 'redeemed'", "status IN ('used', 'redeemed')")
    op.add_column(
        "coupon_templates",
        sa.Column("at_counter", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    _claims()
    _counter_codes()
    _redemptions()


def _channels() -> None:
    table = "share_channels"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        words("kind"),
        words("page_kind"),
        big("page_id"),
        when("starts_at"),
        when("ends_at"),
        big("coupon_template_id", nullable=True),
        big("point_id", nullable=True),
        words("note", default=""),
        when("created_at", **CREATED),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("name", name=f"uq_{table}_name"),
        refers(table, "coupon_template_id", "coupon_templates"),
        refers(table, "point_id", "pickup_points"),
        check(
            table,
            "kind",
            "kind IN ('store', 'nfc', 'poster', 'partner', 'kol', 'ad', 'paid_page')",
        ),
        check(table, "times", "ends_at > starts_at"),
    )


def _costs() -> None:
    table = "share_channel_costs"
    op.create_table(
        table,
        big("channel_id"),
        sa.Column("day", sa.Date(), nullable=False),
        big("cost_fen"),
        words("note", default=""),
        sa.PrimaryKeyConstraint("channel_id", "day", name=f"pk_{table}"),
        refers(table, "channel_id", "share_channels"),
        check(table, "cost_fen", "cost_fen > 0"),
    )


def _pictures() -> None:
    table = "share_channel_codes"
    op.create_table(
        table,
        big("channel_id"),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name=f"pk_{table}"),
        refers(table, "channel_id", "share_channels"),
    )


def _coupons(more_ways: str, more_statuses: str, used: str) -> None:
    checks = {
        ("coupon_templates", "way"): WAYS.format(more_ways),
        ("coupons", "way"): WAYS.format(more_ways),
        ("coupons", "status"): STATUSES.format(more_statuses),
        ("coupons", "used_at"): f"({used}) = (used_at IS NOT NULL)",
    }
    for (table, name), condition in checks.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _claims() -> None:
    table = "channel_claims"
    op.create_table(
        table,
        big("channel_id"),
        big("user_id"),
        big("coupon_id"),
        when("created_at", **CREATED),
        sa.PrimaryKeyConstraint("channel_id", "user_id", name=f"pk_{table}"),
        sa.UniqueConstraint("coupon_id", name=f"uq_{table}_coupon_id"),
        refers(table, "channel_id", "share_channels"),
        refers(table, "user_id", "users"),
        refers(table, "coupon_id", "coupons"),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.create_index(
        f"ix_{table}_created_at", table, ["created_at"], postgresql_using="brin"
    )


def _counter_codes() -> None:
    table = "coupon_counter_codes"
    op.create_table(
        table,
        big("user_id"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        when("expires_at", nullable=False),
        when("used_at"),
        big("coupon_id"),
        sa.PrimaryKeyConstraint("user_id", name=f"pk_{table}"),
        sa.UniqueConstraint("code_hash", name=f"uq_{table}_code_hash"),
        refers(table, "user_id", "users"),
        refers(table, "coupon_id", "coupons"),
    )
    op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def _redemptions() -> None:
    table = "coupon_redemptions"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        big("coupon_id"),
        big("user_id"),
        big("point_id"),
        big("staff_id"),
        sa.Column("day", sa.Date(), nullable=False),
        big("goods_fen", nullable=True),
        big("off_fen", nullable=True),
        words("receipt_no", nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        when("undone_at"),
        big("undone_by", nullable=True),
        words("undone_reason", nullable=True),
        when("created_at", **CREATED),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("code_hash", name=f"uq_{table}_code_hash"),
        refers(table, "coupon_id", "coupons"),
        refers(table, "user_id", "users"),
        refers(table, "point_id", "pickup_points"),
        refers(table, "staff_id", "staff_members"),
        refers(table, "undone_by", "staff_members"),
        check(
            table,
            "amounts",
            "(goods_fen IS NULL) = (off_fen IS NULL) AND off_fen > 0 AND off_fen <= goods_fen",
        ),
        check(table, "undone", "num_nonnulls(undone_at, undone_by, undone_reason) IN (0, 3)"),
    )
    op.create_index(
        f"uq_{table}_standing",
        table,
        ["coupon_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    for column in ("user_id", "point_id", "staff_id"):
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])
    op.create_index(f"ix_{table}_coupon_id", table, ["coupon_id"])
    op.create_index(
        f"ix_{table}_created_at", table, ["created_at"], postgresql_using="brin"
    )


def downgrade() -> None:
    for table in ("coupon_redemptions", "coupon_counter_codes", "channel_claims"):
        op.drop_table(table)
    op.drop_column("coupon_templates", "at_counter")
    _coupons("", "", "status = 'used'")
    for table in NAMED_IN:
        op.drop_constraint(f"fk_{table}_channel_id", table)
    for table in ("share_channel_codes", "share_channel_costs", "share_channels"):
        op.drop_table(table)
