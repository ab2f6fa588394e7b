"""Lock-ups: offers of staff, counts of shoppers, locks."""

import sqlalchemy as sa
from alembic import op

revision = "points_lockups_0001"
down_revision = "missions_0003"
branch_labels = None
depends_on = None

ZERO = sa.text("0")


def big(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False, **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, **kwargs)


def when(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def made() -> sa.Column:
    return when("created_at", server_default=sa.text("clock_timestamp()"))


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    _offers()
    _counts()
    _lockups()


def _offers() -> None:
    table = "lockup_offers"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        words("description", server_default=sa.text("''")),
        *(big(name) for name in ("rate_bp", "days", "min_points", "max_points", "per_shopper")),
        when("opens_at"),
        when("closes_at"),
        big("budget"),
        big("promised", server_default=ZERO),
        big("paid", server_default=ZERO),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        big("version", server_default=sa.text("1")),
        made(),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        check(table, "rate_bp", "rate_bp BETWEEN 1 AND 10000"),
        check(table, "days", "days > 0"),
        check(table, "points", "min_points > 0 AND min_points <= max_points"),
        check(table, "gains_something", "min_points * rate_bp >= 10000"),
        check(table, "per_shopper", "per_shopper > 0"),
        check(table, "window", "opens_at < closes_at"),
        check(table, "budget", "promised >= 0 AND paid >= 0 AND promised + paid <= budget"),
    )


def _counts() -> None:
    table = "lockup_counts"
    op.create_table(
        table,
        big("offer_id"),
        big("user_id"),
        big("locks"),
        sa.PrimaryKeyConstraint("offer_id", "user_id", name=f"pk_{table}"),
        refers(table, "offer_id", "lockup_offers"),
        refers(table, "user_id", "users"),
        check(table, "locks", "locks > 0"),
    )


def _lockups() -> None:
    table = "lockups"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        big("offer_id"),
        big("user_id"),
        big("points"),
        big("gain"),
        words("status", server_default=sa.text("'running'")),
        when("matures_at"),
        when("ended_at", nullable=True),
        made(),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        refers(table, "offer_id", "lockup_offers"),
        refers(table, "user_id", "users"),
        check(table, "status", "status IN ('running', 'matured', 'exited', 'closed')"),
        check(table, "points", "points > 0 AND gain > 0"),
        check(table, "ended_at", "(status = 'running') = (ended_at IS NULL)"),
    )
    op.create_index(
        "ix_lockups_due", table, ["matures_at"], postgresql_where=sa.text("status = 'running'")
    )
    op.create_index("ix_lockups_user_id_id", table, ["user_id", "id"])
    op.create_index("ix_lockups_offer_id_id", table, ["offer_id", "id"])
    op.create_index("ix_lockups_created_at", table, ["created_at"], postgresql_using="brin")
    op.create_index(
        "ix_lockups_ended_at", table, ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL")
    )


def downgrade() -> None:
    for table in ("lockups", "lockup_counts", "lockup_offers"):
        op.drop_table(table)
