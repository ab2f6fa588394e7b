"""Tables of mall.points."""

import sqlalchemy as sa
from alembic import op

revision = "points_0001"
down_revision = "compliance_0001"
branch_labels = None
depends_on = None

NOW, ZERO = sa.text("clock_timestamp()"), sa.text("0")
OPEN = sa.text("remaining > 0 AND NOT frozen")


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=kwargs.pop("nullable", False), **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, **kwargs)


def made() -> sa.Column:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False
    )


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def figures() -> list[sa.Column]:
    return [big(name, server_default=ZERO) for name in ("available", "frozen", "held", "debt")]


def upgrade() -> None:
    _accounts()
    _entries()
    _lots()
    _holds()
    _uses()


def _accounts() -> None:
    table = "points_accounts"
    op.create_table(
        table,
        big("user_id"),
        *figures(),
        check(
            table,
            "not_negative",
            "available >= 0 AND frozen >= 0 AND held >= 0 AND debt >= 0",
        ),
        refers(table, "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", name=f"pk_{table}"),
    )


def _entries() -> None:
    table = "points_entries"
    op.create_table(
        table,
        big("id", sa.Identity()),
        big("user_id"),
        words("kind"),
        words("source"),
        *figures(),
        words("note", server_default=sa.text("''")),
        big("staff_id", nullable=True),
        made(),
        check(
            table,
            "changes_something",
            "available <> 0 OR frozen <> 0 OR held <> 0 OR debt <> 0",
        ),
        refers(table, "user_id", "users"),
        refers(table, "staff_id", "staff_members"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("kind", "source", name=f"uq_{table}_kind_source"),
    )
    op.create_index("ix_points_entries_user_id_id", table, ["user_id", "id"])
    op.create_index(
        "ix_points_entries_created_at", table, ["created_at"], postgresql_using="brin"
    )
    op.create_index(
        "ix_points_entries_staff_id_created_at",
        table,
        ["staff_id", "created_at"],
        postgresql_where=sa.text("staff_id IS NOT NULL"),
    )


def _lots() -> None:
    table = "points_lots"
    op.create_table(
        table,
        big("id", sa.Identity()),
        big("user_id"),
        big("entry_id"),
        big("granted"),
        big("remaining"),
        sa.Column("frozen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        big("reversed", server_default=ZERO),
        big("expired", server_default=ZERO),
        made(),
        check(table, "remaining", "remaining >= 0 AND remaining <= granted"),
        check(table, "reversed", "reversed >= 0 AND reversed <= granted"),
        check(table, "expired", "expired >= 0 AND expired <= granted"),
        refers(table, "user_id", "users"),
        refers(table, "entry_id", "points_entries"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("entry_id", name=f"uq_{table}_entry_id"),
    )
    op.create_index(
        "ix_points_lots_open", table, ["user_id", "expires_at", "id"], postgresql_where=OPEN
    )
    op.create_index("ix_points_lots_due", table, ["expires_at", "user_id"], postgresql_where=OPEN)


def _holds() -> None:
    table = "points_holds"
    op.create_table(
        table,
        big("id", sa.Identity()),
        big("user_id"),
        words("source"),
        big("points"),
        words("status", server_default=sa.text("'held'")),
        big("returned", server_default=ZERO),
        made(),
        check(table, "status", "status IN ('held', 'settled', 'released')"),
        check(table, "points", "points > 0"),
        check(
            table,
            "returned",
            "returned >= 0 AND returned <= points AND (returned = 0 OR status = 'settled')",
        ),
        refers(table, "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("source", name=f"uq_{table}_source"),
    )
    op.create_index("ix_points_holds_user_id_id", table, ["user_id", "id"])


def _uses() -> None:
    table = "points_uses"
    op.create_table(
        table,
        big("entry_id"),
        big("lot_id"),
        big("points"),
        big("hold_id", nullable=True),
        check(table, "points", "points <> 0"),
        refers(table, "entry_id", "points_entries"),
        refers(table, "lot_id", "points_lots"),
        refers(table, "hold_id", "points_holds"),
        sa.PrimaryKeyConstraint("entry_id", "lot_id", name=f"pk_{table}"),
    )
    op.create_index("ix_points_uses_lot_id", table, ["lot_id"])
    op.create_index(
        "ix_points_uses_hold_id",
        table,
        ["hold_id"],
        postgresql_where=sa.text("hold_id IS NOT NULL"),
    )


def downgrade() -> None:
    for name in ("uses", "holds", "lots", "entries", "accounts"):
        op.drop_table(f"points_{name}")
