"""Roll-ups of points go on from those before: when a lot changed, and what of each lot, account and
grant is in the sums."""

import sqlalchemy as sa
from alembic import op

revision = "points_reports_0002"
down_revision = "lottery_lots_0002"
branch_labels = None
depends_on = None

COUNTED = ("lots", "accounts", "grants")


def big(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def keep_counted(of: str, key: str, *columns: sa.Column) -> None:
    table = f"points_counted_{of}"
    primary = sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}"))
    op.create_table(
        table, sa.Column(key, sa.BigInteger(), autoincrement=False, nullable=False), *columns, primary
    )


def upgrade() -> None:
    # A constant first: it is written into no row that is there.
    now = sa.Column(
        "changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
    op.add_column("points_lots", now)
    op.alter_column("points_lots", "changed_at", server_default=sa.text("clock_timestamp()"))
    op.add_column(
        "points_balance_days",
        sa.Column("counted_by", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    keep_counted(
        "lots",
        "lot_id",
        words("granted_month"),
        words("expires_month"),
        *big("granted", "available", "frozen", "expired", "reversed"),
    )
    keep_counted("accounts", "user_id", *big("available", "frozen", "held", "debt"))
    keep_counted(
        "grants",
        "grant_id",
        *big("rule_id"),
        words("month"),
        *big("points", "taken_back", "owed"),
    )


def downgrade() -> None:
    for of in COUNTED:
        op.drop_table(f"points_counted_{of}")
    op.drop_column("points_balance_days", "counted_by")
    op.drop_column("points_lots", "changed_at")
