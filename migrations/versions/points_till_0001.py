"""The till: codes of shoppers, what staff gave and took at points, counts of days."""

import sqlalchemy as sa
from alembic import op

revision = "points_till_0001"
down_revision = "points_sheets_0001"
branch_labels = None
depends_on = None

ZERO = sa.text("0")


def big(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=kwargs.pop("nullable", False), **kwargs)


def when(name: str, **kwargs: object) -> sa.Column:
    nullable = kwargs.pop("nullable", True)
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    _codes()
    _entries()
    _days()


def _codes() -> None:
    table = "till_codes"
    op.create_table(
        table,
        big("user_id"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        when("expires_at", nullable=False),
        when("used_at"),
        sa.PrimaryKeyConstraint("user_id", name=f"pk_{table}"),
        sa.UniqueConstraint("code_hash", name=f"uq_{table}_code_hash"),
        refers(table, "user_id", "users"),
    )
    op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def _entries() -> None:
    table = "till_entries"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        big("user_id"),
        big("point_id"),
        big("staff_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        big("points"),
        sa.Column("receipt_no", sa.Text()),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        when("undone_at"),
        big("undone_by", nullable=True),
        sa.Column("undone_reason", sa.Text()),
        when("created_at", server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("code_hash", name=f"uq_{table}_code_hash"),
        refers(table, "user_id", "users"),
        refers(table, "point_id", "pickup_points"),
        refers(table, "staff_id", "staff_members"),
        refers(table, "undone_by", "staff_members"),
        check(table, "direction", "direction IN ('grant', 'take')"),
        check(table, "points", "points > 0"),
        check(table, "reason", "receipt_no IS NOT NULL OR reason <> ''"),
        check(table, "undone", "(undone_at IS NULL) = (undone_by IS NULL)"),
    )
    op.create_index(
        f"uq_{table}_receipt",
        table,
        ["point_id", "direction", "receipt_no"],
        unique=True,
        postgresql_where=sa.text("receipt_no IS NOT NULL AND undone_at IS NULL"),
    )
    for column in ("user_id", "point_id", "staff_id"):
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])
    op.create_index(
        f"ix_{table}_created_at", table, ["created_at"], postgresql_using="brin"
    )


def _days() -> None:
    table = "till_days"
    op.create_table(
        table,
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        big("subject_id"),
        big("granted", server_default=ZERO),
        big("taken", server_default=ZERO),
        sa.PrimaryKeyConstraint("day", "scope", "subject_id", name=f"pk_{table}"),
        check(table, "scope", "scope IN ('point', 'staff', 'shopper')"),
        check(table, "counted", "granted >= 0 AND taken >= 0"),
    )


def downgrade() -> None:
    for table in ("till_days", "till_entries", "till_codes"):
        op.drop_table(table)
