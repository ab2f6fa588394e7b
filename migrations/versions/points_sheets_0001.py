"""Tables of mall.points.sheets."""

import sqlalchemy as sa
from alembic import op

revision = "points_sheets_0001"
down_revision = "compliance_0003"
branch_labels = None
depends_on = None

NOW, ZERO, EMPTY = sa.text("clock_timestamp()"), sa.text("0"), sa.text("''")
SHEETS, LINES = "points_sheets", "points_sheet_lines"


def big(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=kwargs.pop("nullable", False), **kwargs)


def count(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default=ZERO, nullable=False)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=kwargs.pop("nullable", False), **kwargs)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str, **kwargs: object) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), **kwargs
    )


def upgrade() -> None:
    _sheets()
    _lines()


def _sheets() -> None:
    op.create_table(
        SHEETS,
        big("id", server_default=sa.Identity()),
        words("key"),
        words("kind"),
        words("reason"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        words("status"),
        *(count(name) for name in ("lines", "faulty_lines", "already_lines")),
        big("points", server_default=ZERO),
        count("given_lines"),
        big("given_points", server_default=ZERO),
        count("refused_lines"),
        big("checked_by"),
        big("started_by", nullable=True),
        big("approval_id", nullable=True),
        moment("started_at"),
        moment("done_at"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        check(SHEETS, "kind", "kind IN ('grant', 'opening')"),
        check(
            SHEETS,
            "status",
            "status IN ('faulty', 'checked', 'canceled', 'running', 'stopped', 'done')",
        ),
        check(SHEETS, "lines", "given_lines + refused_lines <= lines"),
        check(
            SHEETS,
            "started_at",
            "(status IN ('running', 'stopped', 'done')) = (started_at IS NOT NULL)",
        ),
        refers(SHEETS, "checked_by", "staff_members"),
        refers(SHEETS, "started_by", "staff_members"),
        refers(SHEETS, "approval_id", "approvals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_sheets")),
    )
    op.create_index(
        "uq_points_sheets_key",
        SHEETS,
        ["key"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('faulty', 'canceled')"),
    )
    op.create_index("ix_points_sheets_digest", SHEETS, ["digest"])
    op.create_index(
        "ix_points_sheets_started_by_started_at",
        SHEETS,
        ["started_by", "started_at"],
        postgresql_where=sa.text("started_by IS NOT NULL"),
    )


def _lines() -> None:
    op.create_table(
        LINES,
        big("sheet_id"),
        sa.Column("line", sa.Integer(), nullable=False),
        big("user_id", nullable=True),
        big("points", nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("lasts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        words("reference", nullable=True),
        words("note", server_default=EMPTY),
        words("status"),
        words("reason", server_default=EMPTY),
        big("entry_id", nullable=True),
        check(
            LINES, "status", "status IN ('ready', 'faulty', 'already', 'given', 'refused')"
        ),
        check(LINES, "complete", "status = 'faulty' OR (user_id > 0 AND points > 0)"),
        check(LINES, "lasts", "NOT (lasts AND expires_on IS NOT NULL)"),
        check(LINES, "given", "(status = 'given') = (entry_id IS NOT NULL)"),
        refers(LINES, "sheet_id", SHEETS, ondelete="CASCADE"),
        refers(LINES, "user_id", "users"),
        refers(LINES, "entry_id", "points_entries"),
        sa.PrimaryKeyConstraint("sheet_id", "line", name=op.f("pk_points_sheet_lines")),
    )
    op.create_index(
        "ix_points_sheet_lines_ready",
        LINES,
        ["sheet_id", "user_id", "line"],
        postgresql_where=sa.text("status = 'ready'"),
    )


def downgrade() -> None:
    op.drop_table(LINES)
    op.drop_table(SHEETS)
