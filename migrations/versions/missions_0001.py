"""The check-in: plans, cycles, days, and where each shopper stands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "missions_0001"
down_revision = "messages_0003"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def big(name: str, *args: object, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def day(name: str) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=False)


def created() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        "check_in_plans",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        number("days", nullable=True),
        sa.Column("rewards", postgresql.JSONB(), nullable=False),
        created(),
        sa.PrimaryKeyConstraint("version", name="pk_check_in_plans"),
        sa.CheckConstraint("days > 0", name=op.f("ck_check_in_plans_days")),
    )
    op.create_table(
        "check_in_cycles",
        big("id", sa.Identity()),
        big("user_id"),
        big("plan_version"),
        day("first_day"),
        day("last_day"),
        number("checked"),
        number("best"),
        created(),
        sa.PrimaryKeyConstraint("id", name="pk_check_in_cycles"),
        foreign("check_in_cycles", "user_id", "users.id"),
        foreign("check_in_cycles", "plan_version", "check_in_plans.version"),
        sa.UniqueConstraint("user_id", "last_day", name="uq_check_in_cycles_user_id_last_day"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_check_in_cycles_days")),
        sa.CheckConstraint(
            "best >= 1 AND best <= checked AND checked <= last_day - first_day + 1",
            name=op.f("ck_check_in_cycles_checked"),
        ),
    )
    op.create_table(
        "check_ins",
        big("user_id"),
        day("day"),
        big("cycle_id", nullable=True),
        big("streak"),
        sa.Column("rewards", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        created(),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_check_ins"),
        foreign("check_ins", "user_id", "users.id"),
        foreign("check_ins", "cycle_id", "check_in_cycles.id"),
        sa.CheckConstraint("streak > 0", name=op.f("ck_check_ins_streak")),
    )
    op.create_table(
        "check_in_states",
        big("user_id"),
        day("last_day"),
        big("streak"),
        big("longest"),
        big("total"),
        sa.PrimaryKeyConstraint("user_id", name="pk_check_in_states"),
        foreign("check_in_states", "user_id", "users.id"),
        sa.CheckConstraint(
            "streak > 0 AND streak <= longest AND longest <= total",
            name=op.f("ck_check_in_states_streak"),
        ),
    )
    for table in ("check_in_cycles", "check_ins"):
        op.create_index(
            f"ix_{table}_created_at", table, ["created_at"], postgresql_using="brin"
        )


def downgrade() -> None:
    for table in ("check_in_states", "check_ins", "check_in_cycles", "check_in_plans"):
        op.drop_table(table)
