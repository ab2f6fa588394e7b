"""Roll-ups of mall.points.reports."""

import sqlalchemy as sa
from alembic import op

revision = "points_reports_0001"
down_revision = "sharing_0001"
branch_labels = None
depends_on = None


def big(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def day() -> sa.Column:
    return sa.Column("day", sa.Date(), nullable=False)


def words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "points_days",
        day(),
        words("kind"),
        *big("entries", "granted", "net"),
        key("points_days", "day", "kind"),
    )
    op.create_table(
        "points_lot_months",
        words("granted_month"),
        words("expires_month"),
        *big("lots", "granted", "available", "frozen", "expired", "reversed"),
        key("points_lot_months", "granted_month", "expires_month"),
    )
    op.create_table(
        "points_balance_days",
        day(),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        *big("accounts", "available", "frozen", "held", "debt", "per_yuan"),
        key("points_balance_days", "day"),
    )
    op.create_table(
        "points_rule_months",
        *big("rule_id"),
        words("month"),
        *big("grants", "points", "taken_back", "owed"),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["reward_rules.id"], name=op.f("fk_points_rule_months_rule_id")
        ),
        key("points_rule_months", "rule_id", "month"),
    )


def downgrade() -> None:
    for table in (
        "points_rule_months",
        "points_balance_days",
        "points_lot_months",
        "points_days",
    ):
        op.drop_table(table)
