"""Commission: accounts, entries, holds."""

import sqlalchemy as sa
from alembic import op

revision = "commission_0001"
down_revision = "ladders_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ZERO = sa.text("0")
FIGURES = ("pending_fen", "available_fen", "held_fen", "debt_fen")


def row_id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def number(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False, **kwargs)


def figures() -> list[sa.Column]:
    return [number(name, server_default=ZERO) for name in FIGURES]


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, **kwargs)


def created() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def user_of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id")


def upgrade() -> None:
    op.create_table(
        "commission_accounts",
        number("user_id"),
        *figures(),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in FIGURES),
            name="not_negative",
        ),
        user_of("commission_accounts"),
        sa.PrimaryKeyConstraint("user_id", name="pk_commission_accounts"),
    )
    op.create_index(
        "ix_commission_accounts_debt",
        "commission_accounts",
        ["user_id"],
        postgresql_where=sa.text("debt_fen > 0"),
    )
    op.create_table(
        "commission_entries",
        row_id(),
        number("user_id"),
        words("kind"),
        words("source"),
        *figures(),
        words("note", server_default=sa.text("''")),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        created(),
        sa.CheckConstraint(
            " OR ".join(f"{name} <> 0" for name in FIGURES),
            name="changes_something",
        ),
        user_of("commission_entries"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_commission_entries_staff_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_commission_entries"),
        sa.UniqueConstraint("kind", "source", name="uq_commission_entries_kind_source"),
    )
    op.create_index("ix_commission_entries_user_id_id", "commission_entries", ["user_id", "id"])
    op.create_index(
        "ix_commission_entries_created_at",
        "commission_entries",
        ["created_at"],
        postgresql_using="brin",
    )
    op.create_table(
        "commission_holds",
        row_id(),
        number("user_id"),
        words("number"),
        number("amount_fen"),
        words("status", server_default=sa.text("'held'")),
        created(),
        sa.CheckConstraint(
            "status IN ('held', 'settled', 'released')", name="status"
        ),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        user_of("commission_holds"),
        sa.PrimaryKeyConstraint("id", name="pk_commission_holds"),
        sa.UniqueConstraint("number", name="uq_commission_holds_number"),
    )
    op.create_index("ix_commission_holds_user_id_id", "commission_holds", ["user_id", "id"])


def downgrade() -> None:
    op.drop_table("commission_holds")
    op.drop_table("commission_entries")
    op.drop_table("commission_accounts")
