"""Draws of teams: the lottery of an activity, members' chances, orders made free."""

import sqlalchemy as sa
from alembic import op

revision = "lottery_teams_0001"
down_revision = "lottery_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
BY_TIME = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "lottery_activities",
        number("activity_id"),
        number("lottery_id"),
        moment("created_at", server_default=NOW),
        reference("lottery_activities", "activity_id", "groupbuy_activities.id"),
        reference("lottery_activities", "lottery_id", "lotteries.id"),
        sa.PrimaryKeyConstraint("activity_id", name="pk_lottery_activities"),
    )
    op.create_index("ix_lottery_activities_lottery_id", "lottery_activities", ["lottery_id"])
    create_members()
    create_free_orders()


def create_members() -> None:
    op.create_table(
        "lottery_members",
        number("member_id"),
        number("activity_id"),
        number("lottery_id"),
        number("user_id"),
        number("order_id"),
        sa.Column("status", sa.Text(), server_default=sa.text("'due'"), nullable=False),
        moment("created_at", server_default=NOW),
        check("lottery_members", "status", "status IN ('due', 'given', 'taken_back', 'refused')"),
        reference("lottery_members", "member_id", "groupbuy_members.id"),
        reference("lottery_members", "activity_id", "lottery_activities.activity_id"),
        reference("lottery_members", "lottery_id", "lotteries.id"),
        reference("lottery_members", "user_id", "users.id"),
        reference("lottery_members", "order_id", "orders.id"),
        sa.PrimaryKeyConstraint("member_id", name="pk_lottery_members"),
        sa.UniqueConstraint("order_id", name="uq_lottery_members_order_id"),
    )
    op.create_index(
        "ix_lottery_members_shopper", "lottery_members", ["user_id", "activity_id", "member_id"]
    )
    op.create_index("ix_lottery_members_lottery_id", "lottery_members", ["lottery_id"])
    op.create_index("ix_lottery_members_created_at", "lottery_members", ["created_at"], **BY_TIME)
    op.create_index(
        "ix_lottery_members_due",
        "lottery_members",
        ["member_id"],
        postgresql_where=sa.text("status = 'due'"),
    )


def create_free_orders() -> None:
    op.create_table(
        "lottery_free_orders",
        number("member_id"),
        number("grant_id", nullable=True),
        number("amount_fen", nullable=True),
        sa.Column("refund_no", sa.Text(), nullable=True),
        moment("done_at", nullable=True),
        moment("canceled_at", nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        moment("created_at", server_default=NOW),
        check("lottery_free_orders", "ends", "done_at IS NULL OR canceled_at IS NULL"),
        check("lottery_free_orders", "amount", "(done_at IS NULL) = (amount_fen IS NULL)"),
        check(
            "lottery_free_orders",
            "refund",
            "(coalesce(amount_fen, 0) > 0) = (refund_no IS NOT NULL)",
        ),
        reference("lottery_free_orders", "member_id", "lottery_members.member_id"),
        reference("lottery_free_orders", "grant_id", "reward_grants.id"),
        sa.PrimaryKeyConstraint("member_id", name="pk_lottery_free_orders"),
    )
    op.create_index("ix_lottery_free_orders_grant_id", "lottery_free_orders", ["grant_id"])
    op.create_index(
        "ix_lottery_free_orders_created_at", "lottery_free_orders", ["created_at"], **BY_TIME
    )
    op.create_index(
        "ix_lottery_free_orders_due",
        "lottery_free_orders",
        ["member_id"],
        postgresql_where=sa.text("done_at IS NULL AND canceled_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("lottery_free_orders", "lottery_members", "lottery_activities"):
        op.drop_table(table)
